// Processes that get a signal to stop, that hang, and that start beside another one.

import { get } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startFaultProxy } from '../harness/faultProxy.js';
import {
  type Clients,
  findContradictions,
  keepAsking,
  LIGHT_MODEL,
  openClients,
  summary,
  until,
} from '../harness/load.js';
import { statusOf } from '../harness/serviceProcess.js';
import { type DatabaseKind, openSite, type Site } from '../harness/site.js';

const TIMEOUT_MS = 180_000;
const AT_ONCE = 30;

let site: Site;
let clients: Clients;

beforeEach(() => {
  clients = openClients();
});
afterEach(async () => {
  await clients.close();
  await site.close();
}, TIMEOUT_MS);

/** The number of chats under way at the upstream, which was asked and has not answered. */
async function underWay(): Promise<number> {
  return (await site.served()).filter(request => !request.ended).length;
}

async function expectCleanLedger(): Promise<void> {
  const verified = await site.run('src/commands/verify');
  expect(verified).toEqual({ code: 0, output: 'the ledger is clean\n' });
}

/** A second process that opens the embedded database ends with a message, and the first goes on. */
async function expectSecondOpenerToEnd(): Promise<void> {
  const second = await site.run('src/main');
  expect(second.code).toBe(1);
  expect(second.output).toMatch(/is in use by process \d+/);
  expect(second.output).toContain('DATABASE_URL');
  expect(second.output).not.toContain('    at ');
}

describe('SIGTERM under load', () => {
  test.each<[DatabaseKind, string]>([
    ['postgres', 'what is under way ends well, and it exits with 0'],
    ['embedded', 'the same; a second opener of its directory had ended at once'],
  ])(
    '%s: %s',
    async database => {
      site = await openSite({ database, faults: ['delay-3000'] });
      const [service] = await site.start();
      const { url, ended, signal } = service as NonNullable<typeof service>;
      const { key } = await site.issue('pro');
      if (database === 'embedded') await expectSecondOpenerToEnd();
      const asked = Array.from({ length: AT_ONCE }, () => ({
        url,
        key,
        model: 'fault/delay-3000',
      }));
      const answers = clients.askAtOnce(asked);
      await until(async () => (await underWay()) === AT_ONCE);
      expect(await statusOf(`${url}/readyz`)).toBe(200);
      signal('SIGTERM');
      await until(async () => (await statusOf(`${url}/readyz`)) !== 200);
      expect(await underWay()).toBeGreaterThan(0);
      const history = await answers;
      expect(summary(history)).toBe(`200: ${AT_ONCE}`);
      expect(await ended).toBe(0);
      expect(await statusOf(`${url}/healthz`)).toBe(0);
      await expectCleanLedger();
      expect(findContradictions(history, await site.holds(), await site.served())).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

test(
  'every client that has connected when the port closes is answered',
  async () => {
    site = await openSite({ database: 'embedded' });
    const [service] = await site.start();
    const { url, ended, signal } = service as NonNullable<typeof service>;
    // While the process stands still, connections and their requests wait in the port's queue.
    signal('SIGSTOP');
    let connected = 0;
    const answers = Array.from({ length: 50 }, () =>
      statusOverNewConnection(url, () => connected++),
    );
    await until(() => connected === 50);
    signal('SIGINT');
    signal('SIGCONT');
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
    expect(await ended).toBe(0);
  },
  TIMEOUT_MS,
);

/** The status, or 0 where the connection broke. */
function statusOverNewConnection(url: string, connected: () => void): Promise<number> {
  return new Promise(resolve => {
    const request = get(`${url}/healthz`, { agent: false }, response => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('socket', socket => socket.once('connect', connected));
    request.on('error', () => resolve(0));
  });
}

test(
  'a rolling restart of 2 processes: no client notices',
  async () => {
    site = await openSite({ database: 'postgres', faults: ['delay-200'] });
    await site.start(2);
    const { key } = await site.issue('pro', { openrouter: 1_000_000 });
    const balancer = watchReadiness(site);
    let turn = 0;
    const load = keepAsking(clients, 12, () => {
      turn += 1;
      const url = balancer.next();
      const model = turn % 2 === 0 ? 'fault/delay-200' : LIGHT_MODEL;
      return url ? { url, key, model } : undefined;
    });
    for (const old of site.running()) {
      await load.untilSeen(50);
      await site.start();
      await load.untilSeen(50);
      old.signal('SIGTERM');
      expect(await old.ended).toBe(0);
    }
    await load.untilSeen(50);
    const history = await load.stop();
    balancer.stop();
    expect(summary(history)).toBe(`200: ${history.length}`);
    expect(new Set(await site.stopAll())).toEqual(new Set([0]));
    await expectCleanLedger();
    expect(findContradictions(history, await site.holds(), await site.served())).toEqual([]);
  },
  TIMEOUT_MS,
);

/** Returns the processes in turn, as a load balancer does, leaving out those that said they are not ready. */
function watchReadiness(of: Site): { next(): string | undefined; stop(): void } {
  let ready: string[] = [];
  let turn = 0;
  async function look(): Promise<void> {
    const urls = of.running().map(service => service.url);
    const statuses = await Promise.all(urls.map(url => statusOf(`${url}/readyz`)));
    ready = urls.filter((_, index) => statuses[index] === 200);
  }
  const timer = setInterval(() => void look(), 100);
  return {
    next() {
      turn += 1;
      return ready[turn % ready.length];
    },
    stop: () => clearInterval(timer),
  };
}

describe('a process that stands still for longer than the lease', () => {
  const environment = { UPSTREAM_TIMEOUT_MS: '2000', HOLD_LEASE_MS: '3000' };

  /** Lets the other process expire what is due, until every hold has ended. */
  async function untilExpired(): Promise<void> {
    await until(async () => {
      await site.runJob('expire-holds');
      return (await site.holds()).every(hold => hold.state === 'expired');
    });
  }

  /** Whether the database has answered the statement that posts; the other process posts nothing meanwhile. */
  async function wasSettled(): Promise<boolean> {
    const found = await site.cluster?.query(
      "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%sahm_settle%' AND state = 'idle' AND pid <> pg_backend_pid()",
    );
    return found?.length === 1;
  }

  test(
    'SIGSTOP during the upstream call: nothing is delivered, nothing is charged',
    async () => {
      site = await openSite({ database: 'postgres', faults: ['delay-1000'], environment });
      await site.start();
      const [stopped] = await site.start();
      const { url, signal } = stopped as NonNullable<typeof stopped>;
      const { id, key } = await site.issue('basic');
      const asked = Array.from({ length: AT_ONCE }, () => ({
        url,
        key,
        model: 'fault/delay-1000',
      }));
      const answers = clients.askAtOnce(asked);
      await until(async () => (await underWay()) === AT_ONCE);
      signal('SIGSTOP');
      await untilExpired();
      signal('SIGCONT');
      const history = await answers;
      expect(history.filter(seen => ![503, 504].includes(seen.status))).toEqual([]);
      const { usage_breakdown } = await site.admin('GET', `/licenses/${id}`);
      expect(usage_breakdown.openrouter).toMatchObject({ used: 0, held: 0, remaining: 150 });
      expect(new Set((await site.holds()).map(hold => hold.state))).toEqual(new Set(['expired']));
      expect(await clients.ask({ url, key })).toMatchObject({ status: 200, used: 1 });
      expect(await site.admin('GET', '/verify')).toEqual({ ok: true, problems: [] });
    },
    TIMEOUT_MS,
  );

  test(
    'SIGSTOP between the answer and its post: the late post is refused, the answer not delivered',
    async () => {
      site = await openSite({ database: 'postgres', faults: ['delay-1000'], environment });
      await site.start();
      const proxy = await startFaultProxy(site.cluster?.port as number);
      const behindProxy = new URL(site.databaseUrl as string);
      behindProxy.port = String(proxy.port);
      try {
        const [late] = await site.start(1, { DATABASE_URL: behindProxy.href });
        const { url, signal } = late as NonNullable<typeof late>;
        const { id, key } = await site.issue('basic');
        const postSent = proxy.stallAt('"outcome":"posted"');
        const answer = clients.ask({ url, key, model: 'fault/delay-1000' });
        await postSent;
        signal('SIGSTOP');
        await untilExpired();
        proxy.resume();
        await until(wasSettled);
        signal('SIGCONT');
        expect(await answer).toMatchObject({
          status: 503,
          code: 'service_unavailable',
          used: null,
        });
        expect((await answer).retryAfter).toMatch(/^\d+$/);
        expect((await site.holds()).map(hold => hold.state)).toEqual(['expired']);
        const { usage_breakdown } = await site.admin('GET', `/licenses/${id}`);
        expect(usage_breakdown.openrouter).toMatchObject({ used: 0, held: 0 });
        // Once it goes on, either the answer is read first or the time for it is found to be over.
        const told = /a hold had ended before its request|Query read timeout/;
        await until(() => told.test(late?.output() ?? ''));
        expect(await clients.ask({ url, key })).toMatchObject({ status: 200, used: 1 });
        expect(await site.admin('GET', '/verify')).toEqual({ ok: true, problems: [] });
      } finally {
        await site.close();
        await proxy.close();
      }
    },
    TIMEOUT_MS,
  );
});
