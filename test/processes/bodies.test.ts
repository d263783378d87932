// A client without a key cannot harm other callers with bodies, or by being slow. ATTACK_SECONDS=20 attacks for longer;
// SLOW=1000 opens so many slow connections of each kind, one kind after the other, and prints how others are served.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hostileBodies } from '../harness/hostileBodies.js';
import {
  askEvenly,
  type Clients,
  keepAsking,
  LIGHT_MODEL,
  openClients,
  summary,
  until,
} from '../harness/load.js';
import { startNginx } from '../harness/nginx.js';
import { findProgram, freePorts } from '../harness/program.js';
import type { ServiceProcess } from '../harness/serviceProcess.js';
import { type IssuedLicense, openSite, type Site } from '../harness/site.js';
import { testWhere } from '../harness/testWhere.js';

const ATTACK_SECONDS = Number(process.env.ATTACK_SECONDS ?? 2);
const SLOW = Number(process.env.SLOW ?? 50);
const TIMEOUT_MS = 240_000 + ATTACK_SECONDS * 5_000;
const MIB = 1024 * 1024;
/** All of them together are 585 MiB, or 3 GB. */
const UNFINISHED = ATTACK_SECONDS >= 20 ? 150 : 30;
/** For a process under attack. */
const MOST_RESIDENT_MIB = 400;
/**
 * Milliseconds of processor time, on a machine that others use too. On a quiet machine it stays below 100.
 * Parsed in one piece, these bodies take seconds.
 */
const LONGEST_TURN_MS = 250;

const testBehindNginx = testWhere(findProgram('nginx') !== undefined, 'nginx');

let site: Site;
let clients: Clients;
let license: IssuedLicense;
let replicas: ServiceProcess[];
let ports: number[];
let turnFile: string;

beforeAll(async () => {
  clients = openClients();
  site = await openSite({ database: 'postgres' });
  turnFile = join(site.dataDir, '..', 'longestTurn.json');
  ports = await freePorts(2);
  const watched = {
    NODE_OPTIONS: '--import=./test/harness/longestTurn.mjs',
    LONGEST_TURN_FILE: turnFile,
  };
  const started = ports.map((port, index) =>
    site.start(1, { PORT: String(port), ...(index === 0 && watched) }),
  );
  replicas = (await Promise.all(started)).flat();
  license = await site.issue('pro', { openrouter: 1_000_000 });
}, TIMEOUT_MS);
afterAll(async () => {
  await clients?.close();
  await site?.close();
}, TIMEOUT_MS);

const first = () => replicas[0] as ServiceProcess;

function mostResidentMib({ pid }: ServiceProcess): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** The longest turn of the first replica since the last call. */
async function longestTurnMs(): Promise<number> {
  rmSync(turnFile, { force: true });
  first().signal('SIGUSR2');
  let text = '';
  await until(async () => {
    try {
      text = readFileSync(turnFile, 'utf8');
    } catch {}
    return text !== '';
  });
  return JSON.parse(text).processorMs;
}

function post(path: string, body: Buffer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      Authorization: `Bearer ${license.key}`,
    };
    const sent = request(first().url + path, { method: 'POST', headers }, answer => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', reject).end(body);
  });
}

describe('no body of 20 MiB keeps the event loop busy for long', () => {
  const names = Object.keys(hostileBodies('', ''));
  test.each(names)(
    '%s',
    async name => {
      const body = hostileBodies(LIGHT_MODEL, license.key)[name] as Buffer;
      const isOpenAi = body.subarray(0, 8).toString() === '{"model"';
      await longestTurnMs();
      const status = await post(isOpenAi ? '/v1/chat/completions' : '/api/chat_v3', body);
      expect([200, 400]).toContain(status);
      expect(await longestTurnMs()).toBeLessThan(LONGEST_TURN_MS);
    },
    TIMEOUT_MS,
  );
});

test(
  `${UNFINISHED} connections that send 19.5 of 20 MiB and then nothing: others are answered, and memory stays small`,
  async () => {
    const { port } = new URL(first().url);
    const piece = Buffer.alloc(MIB / 2, ' ');
    const unfinished: Socket[] = [];
    for (let count = 0; count < UNFINISHED; count++) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.setMaxListeners(0).on('error', () => {});
      unfinished.push(socket);
      const head = ['POST /api/chat_v3 HTTP/1.1', 'Host: a.test', `Content-Length: ${20 * MIB}`];
      socket.write(`${head.join('\r\n')}\r\n\r\n"`);
      for (let sent = 0; sent < 39; sent++) {
        if (!socket.write(piece))
          await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
      }
    }
    const asks = Array.from({ length: 20 }, () => ({ url: first().url, key: license.key }));
    expect(summary(await clients.askAtOnce(asks))).toBe('200: 20');
    expect(mostResidentMib(first())).toBeLessThan(MOST_RESIDENT_MIB);
    for (const socket of unfinished) socket.destroy();
  },
  TIMEOUT_MS,
);

testBehindNginx(
  `behind nginx, ${ATTACK_SECONDS} s of large and of unfinished bodies: all others are answered, and memory stays small`,
  async () => {
    const nginx = await startNginx(ports);
    const load = keepAsking(clients, 10, () => ({ url: nginx.url, key: license.key }));
    await load.untilSeen(20);
    const amounts = [ATTACK_SECONDS, 10, 50, 256 * 1024].map(String);
    const attacker = spawn(process.execPath, ['test/harness/attacker.mjs', nginx.url, ...amounts]);
    let answers = '';
    attacker.stdout.setEncoding('utf8').on('data', text => {
      answers += text;
    });
    await once(attacker, 'close');
    await load.untilSeen(20);
    const seen = await load.stop();
    await nginx.stop();
    console.log(`attacked: ${summary(seen)}; the sender: ${answers}`);
    expect(summary(seen)).toBe(`200: ${seen.length}`);
    expect(JSON.parse(answers)).toMatchObject({ 'large 413': expect.any(Number) });
    for (const replica of replicas)
      expect(mostResidentMib(replica)).toBeLessThan(MOST_RESIDENT_MIB);
  },
  TIMEOUT_MS,
);

/** Opens slow connections of these kinds until they are closed, and asks meanwhile. Returns what it saw. */
async function besideSlow(kinds: string[]): Promise<string> {
  const load = askEvenly(clients, 50, { url: first().url, key: license.key });
  const seen = await Promise.all(kinds.map(kind => slowly(kind))).finally(load.stop);
  const answers = await load.stop();
  const took = answers.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  const at = (share: number) => took[Math.floor((took.length - 1) * share)];
  const figures = `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ms`;
  console.log(`${kinds}: ${JSON.stringify(seen)}; others: ${summary(answers)}, ${figures}`);
  for (const [index, kind] of kinds.entries())
    if (kind !== 'idle') expect(seen[index]).toMatchObject({ closed: SLOW });
  return summary(answers).replace(/\d+$/, 'all');
}

async function slowly(kind: string): Promise<unknown> {
  const script = ['test/harness/slowConnections.mjs', first().url, kind, String(SLOW)];
  const child = spawn(process.execPath, script);
  const texts: string[] = [];
  child.stdout.setEncoding('utf8').on('data', text => texts.push(text));
  await once(child, 'close');
  return JSON.parse(texts.join(''));
}

const SLOW_KINDS = ['silent', 'headers', 'bodies', 'readers'];

const ONE_BY_ONE = SLOW_KINDS.flatMap(kind => [['idle'], [kind]]);

test.each(SLOW < 1_000 ? [SLOW_KINDS] : ONE_BY_ONE)(
  `${SLOW} slow connections (%s): each is closed, and all others are answered`,
  async (...kinds) => {
    expect(await besideSlow(kinds)).toBe('200: all');
    expect(mostResidentMib(first())).toBeLessThan(MOST_RESIDENT_MIB);
  },
  TIMEOUT_MS,
);
