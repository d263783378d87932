// Several processes on one port (WEB_CONCURRENCY): exact together, ended together, and replaced.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  type Clients,
  findContradictions,
  isUnknown,
  keepAsking,
  LIGHT_MODEL,
  type Load,
  openClients,
  summary,
  until,
} from '../harness/load.js';
import type { ServiceProcess } from '../harness/serviceProcess.js';
import { heldUnits, openSite, type Site } from '../harness/site.js';
import { metricsOf, workerPids, workersInMetrics } from '../harness/workers.js';

const TIMEOUT_MS = 180_000;
const LIMIT = 50;
const AT_ONCE = 200;

let site: Site;
let clients: Clients;
let load: Load | undefined;

beforeEach(() => {
  clients = openClients();
});
afterEach(async () => {
  await load?.stop();
  await clients.close();
  await site.close();
}, TIMEOUT_MS);

/** A service of two workers that both serve. */
async function startTwo(environment: Record<string, string> = {}): Promise<ServiceProcess> {
  const [service] = await site.start(1, { WEB_CONCURRENCY: '2', ...environment });
  await until(async () => (await workersInMetrics(service as ServiceProcess)).length === 2);
  return service as ServiceProcess;
}

/** The number of the busier worker: a worker that gets no connection holds nothing. */
async function busierWorker(service: ServiceProcess): Promise<number> {
  const metrics = await metricsOf(service);
  const answered = [1, 2].map(worker => {
    const counts = metrics.matchAll(
      new RegExp(`^sahm_chat_requests_total\\{.*worker="${worker}".*\\} (\\d+)$`, 'gm'),
    );
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  });
  return answered[0] === Math.max(...answered) ? 1 : 2;
}

function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

async function expectAllToAgree(history: Parameters<typeof findContradictions>[0]): Promise<void> {
  expect(await site.run('src/commands/verify')).toEqual({
    code: 0,
    output: 'the ledger is clean\n',
  });
  expect(findContradictions(history, await site.holds(), await site.served())).toEqual([]);
}

test(
  'without DATABASE_URL the start is refused, and the message says why',
  async () => {
    site = await openSite({ database: 'embedded' });
    const { code, output } = await site.run('src/main', { WEB_CONCURRENCY: '2' });
    expect(code).toBe(1);
    expect(output).toMatch(/WEB_CONCURRENCY: the embedded database belongs to one process/);
    expect(output).toContain('DATABASE_URL');
    expect(output).not.toContain('    at ');
  },
  TIMEOUT_MS,
);

test(
  'two workers: exact together, greeted once, both in the metrics; SIGTERM under load drops nothing',
  async () => {
    site = await openSite({ database: 'postgres', faults: ['delay-1000'] });
    const service = await startTwo({ LOG_LEVEL: 'warn' });
    expect(times(service.output(), 'Sahm listens on')).toBe(1);
    expect(times(service.output(), 'First administrator')).toBe(1);
    const { key } = await site.issue('basic', { openrouter: LIMIT });
    const asks = Array.from({ length: AT_ONCE }, () => ({ url: service.url, key }));
    const history = await clients.askAtOnce(asks);
    const successes = history.filter(seen => seen.status === 200);
    expect(summary(successes)).toBe(`200: ${LIMIT}`);
    expect(new Set(successes.map(seen => seen.used)).size).toBe(LIMIT);
    expect(history.filter(seen => ![200, 408, 429].includes(seen.status))).toEqual([]);
    const metrics = await metricsOf(service);
    const answered = [
      ...metrics.matchAll(/^sahm_chat_requests_total\{(.*worker="(\d)".*)\} (\d+)$/gm),
    ];
    expect(new Set(answered.map(([, , worker]) => worker)).size).toBe(2);
    // The requests of one worker may all have come first and taken all that was left.
    const posted = answered.filter(([, labels]) => labels?.includes('outcome="success"'));
    expect(posted.reduce((sum, [, , , count]) => sum + Number(count), 0)).toBe(LIMIT);
    expect(times(metrics, '\nsahm_holds_pending ')).toBe(1);

    const { key: other } = await site.issue('pro', { openrouter: 1_000_000 });
    const slow = { url: service.url, key: other, model: 'fault/delay-1000' };
    const answers = clients.askAtOnce(Array.from({ length: 30 }, () => slow));
    await until(async () => (await site.served()).filter(request => !request.ended).length === 30);
    service.signal('SIGTERM');
    history.push(...(await answers));
    expect(summary(history.slice(AT_ONCE))).toBe('200: 30');
    expect(await service.ended).toBe(0);
    await expectAllToAgree(history);
  },
  TIMEOUT_MS,
);

test(
  'the catalogue that one worker is asked to reload counts in all of them at once, and a faulty one in none',
  async () => {
    site = await openSite({ database: 'postgres' });
    const service = await startTwo();
    const file = join(site.catalogDir, 'models.json');
    const before = await readFile(file, 'utf8');
    const { models } = JSON.parse(before);
    /** How many of this many answers, each over a new connection, list the model. */
    const sellers = async (model: string) => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const headers = { Connection: 'close' };
          return (await fetch(`${service.url}/v1/models`, { headers })).text();
        }),
      );
      return answers.filter(text => text.includes(model)).length;
    };
    const write = (more: object[]) =>
      writeFile(file, JSON.stringify({ models: [...models, ...more] }));
    for (let turn = 0; turn < 3; turn++) {
      const model = `new/model-${turn}`;
      await write([{ ...models[0], id: model, aliases: [] }]);
      expect(await sellers(model)).toBe(0);
      expect(await site.admin('POST', '/catalog/reload', {})).toMatchObject({ changed: true });
      expect(await sellers(model)).toBe(12);
    }
    const { entries } = await site.admin('GET', '/audit?action=catalog.reload');
    expect(entries).toHaveLength(3);
    await write([{ ...models[0], id: 'new/faulty', aliases: [], minimum_plan: 'gold' }]);
    await expect(site.admin('POST', '/catalog/reload', {})).rejects.toThrow(/409.*gold/s);
    expect([await sellers('new/faulty'), await sellers('new/model-2')]).toEqual([0, 12]);
  },
  TIMEOUT_MS,
);

test(
  'a killed worker is replaced, its holds expire; SIGHUP replaces all and drops nothing; the service ends with 1 if none can start',
  async () => {
    site = await openSite({
      database: 'postgres',
      faults: ['delay-400'],
      environment: {
        UPSTREAM_TIMEOUT_MS: '1500',
        HOLD_LEASE_MS: '3000',
        DATABASE_WAIT_MS: '100',
      },
    });
    const service = await startTwo();
    const license = await site.issue('pro', { openrouter: 1_000_000 });
    let turn = 0;
    load = keepAsking(clients, 16, () => {
      turn += 1;
      const model = turn % 2 === 0 ? 'fault/delay-400' : LIGHT_MODEL;
      return { url: service.url, key: license.key, model };
    });
    await load.untilSeen(50);
    const victim = await busierWorker(service);
    const [other = 0] = [1, 2].filter(worker => worker !== victim);
    process.kill((await workerPids(service))[victim - 1] as number, 'SIGKILL');
    await until(async () => (await workersInMetrics(service)).join() === `${other},3`);
    await load.untilSeen(50);
    expect(load.history.filter(isUnknown).length).toBeGreaterThan(0);
    expect(load.history.filter(seen => seen.status !== 200 && !isUnknown(seen))).toEqual([]);

    const before = load.history.length;
    service.signal('SIGHUP');
    await until(async () => (await workersInMetrics(service)).join() === '4,5');
    await load.untilSeen(50);
    const history = await load.stop();
    expect(history.slice(before).filter(isUnknown)).toEqual([]);
    await until(async () => (await heldUnits(site, [license])) === 0);
    expect(await site.admin('GET', '/verify')).toEqual({ ok: true, problems: [] });
    const holds = await site.holds();
    expect(new Set(holds.map(hold => hold.state))).toEqual(new Set(['posted', 'expired']));
    expect(findContradictions(history, holds, await site.served())).toEqual([]);

    // Without a database no worker can start any more.
    await site.cluster?.halt();
    for (const pid of await workerPids(service)) process.kill(pid, 'SIGKILL');
    expect(await service.ended).toBe(1);
    expect(service.output()).toContain('each process ends right after its start: giving up');
  },
  TIMEOUT_MS,
);
