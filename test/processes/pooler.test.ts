// Runs through PgBouncer in transaction mode, in a database whose time zone is not UTC: nothing in Sahm needs
// a session of its own.

import { afterAll, beforeAll, expect } from '@jest/globals';
import {
  type Clients,
  findContradictions,
  openClients,
  type Seen,
  summary,
} from '../harness/load.js';
import { type Pgbouncer, startPgbouncer } from '../harness/pgbouncer.js';
import { findProgram } from '../harness/program.js';
import { openSite, type Site } from '../harness/site.js';
import { testWhere } from '../harness/testWhere.js';

const TIMEOUT_MS = 180_000;
const LIMIT = 50;
const AT_ONCE = 200;
const PROCESSES = 3;

const isInstalled = findProgram('pgbouncer') !== undefined;
const testThroughPooler = testWhere(isInstalled, 'pgbouncer');

let site: Site;
let clients: Clients;
let pooler: Pgbouncer | undefined;
const history: Seen[] = [];

beforeAll(async () => {
  if (!isInstalled) return;
  clients = openClients();
  site = await openSite({ database: 'postgres' });
  await site.query(`ALTER DATABASE sahm SET timezone = 'Asia/Tehran'`);
  pooler = await startPgbouncer(site.cluster?.port as number);
  // Started together: migrations go through the pooler too, and one process applies them.
  await site.start(PROCESSES, { DATABASE_URL: pooler.url('sahm') });
}, TIMEOUT_MS);
afterAll(async () => {
  await clients?.close();
  await site?.close();
  await pooler?.stop();
}, TIMEOUT_MS);

testThroughPooler('the migrations leave no lock behind in a session', async () => {
  const locks = await site.query(`SELECT * FROM pg_locks WHERE locktype = 'advisory'`);
  expect(locks).toEqual([]);
});

testThroughPooler(
  'of 200 at once with 50 left exactly 50 succeed, over three processes',
  async () => {
    const { key } = await site.issue('basic', { openrouter: LIMIT });
    const running = site.running();
    const asks = Array.from({ length: AT_ONCE }, (_, index) => ({
      url: running[index % PROCESSES]?.url as string,
      key,
    }));
    history.push(...(await clients.askAtOnce(asks)));
    const successes = history.filter(seen => seen.status === 200);
    expect(summary(successes)).toBe(`200: ${LIMIT}`);
    expect(history.filter(seen => ![200, 408, 429].includes(seen.status))).toEqual([]);
  },
  TIMEOUT_MS,
);

/** How many seconds an instant of an answer is away from now, in either direction. */
function secondsAway(instant: string): number {
  return Math.abs(Date.now() - Date.parse(instant)) / 1000;
}

testThroughPooler(
  'instants are right, whichever session wrote or read them',
  async () => {
    const expires_at = '2031-03-22T10:20:30.000Z';
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const email = `instants-${index}@example.com`;
        return site.admin('POST', '/licenses', { plan: 'pro', email, expires_at });
      }),
    );
    const tokens = await site.admin('POST', '/tokens', { name: 'test' });
    const { entries } = await site.admin('GET', '/audit');
    expect(secondsAway(tokens.created_at ?? tokens.token.created_at)).toBeLessThan(60);
    expect(secondsAway(entries[0].at)).toBeLessThan(60);
    await Promise.all(
      made.map(async ({ license }) => {
        const grant = { provider: 'openrouter', units: 1, reason: 'test' };
        await site.admin('POST', `/licenses/${license.id}/grants`, grant);
        const page = await site.admin('GET', `/licenses/${license.id}`);
        expect(page.license.expires_at).toBe(expires_at);
        for (const instant of [page.license.created_at, page.grants[0].created_at]) {
          expect(secondsAway(instant)).toBeLessThan(60);
        }
      }),
    );
  },
  TIMEOUT_MS,
);

testThroughPooler(
  'a job is run by one at a time; the ledger is clean',
  async () => {
    const runs = await Promise.all(
      Array.from({ length: 6 }, () => site.admin('POST', '/jobs/prune/run').catch(String)),
    );
    expect(runs.filter(run => run.outcome === 'done').length).toBeGreaterThan(0);
    const { jobs } = await site.admin('GET', '/jobs');
    const { last_run } = jobs.find((job: { name: string }) => job.name === 'prune');
    expect(last_run.outcome).toBe('done');
    expect(secondsAway(last_run.started_at)).toBeLessThan(60);
    expect(await site.admin('GET', '/verify')).toEqual({ ok: true, problems: [] });
    expect(new Set(await site.stopAll())).toEqual(new Set([0]));
    const behind = { DATABASE_URL: pooler?.url('sahm') as string };
    expect(await site.run('src/commands/verify', behind)).toEqual({
      code: 0,
      output: 'the ledger is clean\n',
    });
    expect(findContradictions(history, await site.holds(), await site.served())).toEqual([]);
  },
  TIMEOUT_MS,
);
