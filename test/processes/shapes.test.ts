// Objects of one kind share a shape (V8's hidden class). Where each has its own, it costs some 500 ns to make and is slow
// to read, and shapes are never young garbage: docs/decisions/0041.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addPlans } from '../harness/faultCatalog.js';
import { node, startServiceProcess } from '../harness/serviceProcess.js';
import { openSite, type Site } from '../harness/site.js';

const TIMEOUT_MS = 240_000;
/** V8 decides after some dozens of calls how an object is made. */
const REQUESTS = 240;
const AT_ONCE = 8;

const MODEL = 'qwen/qwen-2.5-7b-instruct';
const CLAUDE = 'anthropic/claude-haiku-4.5';
const chat = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
const response = { model: MODEL, input: 'Hello', store: false };
const message = { ...chat, model: CLAUDE, max_tokens: 50 };
const CALLS: Array<[path: string, body: object]> = [
  ['/v1/chat/completions', chat],
  ['/v1/chat/completions', { ...chat, stream: true }],
  ['/api/chat_v3', { model: MODEL, prompt: 'Hello' }],
  ['/v1/responses', response],
  ['/v1/messages', message],
  ['/v1/messages', { ...message, stream: true }],
  ['/v1/embeddings', { model: 'openai/text-embedding-3-small', input: 'Hello' }],
];

let site: Site;
/** Of a plan of requests, and of one that sells money. */
let keys: string[];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sahm-shapes-'));
  site = await openSite({ database: 'postgres' });
  const allowances = { all: 1_000_000_000 };
  await addPlans(site.catalogDir, {
    code: 'wallet',
    rank: 9,
    name: 'wallet',
    meter: 'money',
    allowances,
  });
  await site.start();
  const limits = { openrouter: 1_000_000, openai: 1_000_000 };
  keys = [(await site.issue('vip', limits)).key, (await site.issue('wallet')).key];
}, TIMEOUT_MS);

afterAll(async () => {
  await site?.close();
  await rm(directory, { recursive: true, force: true });
}, TIMEOUT_MS);

/** How many shapes a process makes at each place of its code, with one more property. */
async function shapesMade(
  name: string,
  use: (url: string) => Promise<unknown>,
): Promise<Map<string, number>> {
  const log = join(directory, `${name}.log`);
  const [program, ...args] = node('dist/src/main.js');
  const flags = ['--log-maps', `--logfile=${log}`, '--no-logfile-per-isolate'];
  const service = await startServiceProcess(site.environment, [
    program as string,
    ...flags,
    ...args,
  ]);
  await use(service.url);
  service.signal('SIGTERM');
  await service.ended;
  const made = new Map<string, number>();
  for (const line of (await readFile(log, 'latin1')).split('\n')) {
    const [event, type, , , , , row, column, , property] = line.split(',');
    if (event !== 'map' || type !== 'Transition') continue;
    const place = `${property} at ${row}:${column}`;
    made.set(place, (made.get(place) ?? 0) + 1);
  }
  return made;
}

async function send(url: string, key: string, body: object): Promise<void> {
  for (let sent = 0; sent < REQUESTS / AT_ONCE; sent++) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${answer.status}: ${text}`);
  }
}

test(
  'the objects of calls have no shapes of their own',
  async () => {
    // Reading files at the start makes many.
    const atStart = await shapesMade('start', async () => {});
    const inAll = await shapesMade('calls', async url => {
      for (const key of keys) {
        for (const [path, body] of CALLS) {
          await Promise.all(
            Array.from({ length: AT_ONCE }, () => send(`${url}${path}`, key, body)),
          );
        }
      }
    });
    expect(inAll.size).toBeGreaterThan(100);
    const byCalls = [...inAll].map(
      ([place, times]) => [place, times - (atStart.get(place) ?? 0)] as const,
    );
    expect(byCalls.filter(([, times]) => times >= REQUESTS / 2)).toEqual([]);
  },
  TIMEOUT_MS,
);
