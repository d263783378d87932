// A quota of 100 lets exactly 100 of 500 simultaneous requests through, over any number of processes.
// ROUNDS=10 repeats it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Clients,
  findContradictions,
  openClients,
  type Seen,
  summary,
} from '../harness/load.js';
import { type DatabaseKind, type IssuedLicense, openSite, type Site } from '../harness/site.js';

const ROUNDS = Number(process.env.ROUNDS ?? 1);
const LIMIT = 100;
const AT_ONCE = 500;
const TIMEOUT_MS = 120_000 + ROUNDS * 30_000;

const CASES: Array<[string, DatabaseKind, number]> = [
  ['3 processes on one PostgreSQL', 'postgres', 3],
  ['1 process on the embedded database', 'embedded', 1],
];

describe.each(CASES)(
  '%s: of 500 at once with 100 left exactly 100 succeed',
  (_, database, processes) => {
    let site: Site;
    let clients: Clients;
    const history: Seen[] = [];

    beforeAll(async () => {
      clients = openClients();
      site = await openSite({ database });
      await site.start(processes);
    }, TIMEOUT_MS);
    afterAll(async () => {
      await clients?.close();
      await site?.close();
    }, TIMEOUT_MS);

    /** Sends 500 at once, to each process in turn. */
    async function expectExactly(license: IssuedLicense): Promise<void> {
      const running = site.running();
      const asks = Array.from({ length: AT_ONCE }, (_, index) => ({
        url: running[index % running.length]?.url as string,
        key: license.key,
      }));
      const before = (await site.served()).length;
      const seen = await clients.askAtOnce(asks);
      history.push(...seen);
      const successes = seen.filter(one => one.status === 200);
      expect(summary(successes)).toBe(`200: ${LIMIT}`);
      // 408 can happen on a machine so busy that a client was not heard for seconds.
      const others = seen.filter(one => ![200, 408, 429].includes(one.status));
      expect(summary(others)).toBe('');
      expect((await site.served()).length - before).toBe(LIMIT);
      expect(new Set(successes.map(one => one.used)).size).toBe(LIMIT);
    }

    test(
      'in a month that was used before',
      async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const running = site.running();
          const license = await site.issue('basic', { openrouter: LIMIT + running.length });
          for (const { url } of running) {
            history.push(await clients.ask({ url, key: license.key }));
          }
          await expectExactly(license);
        }
      },
      TIMEOUT_MS,
    );

    test(
      'as the first requests of a license',
      async () => {
        for (let round = 0; round < ROUNDS; round++) {
          await expectExactly(await site.issue('basic', { openrouter: LIMIT }));
        }
      },
      TIMEOUT_MS,
    );

    test(
      'as the first requests of a month',
      async () => {
        const licenses: IssuedLicense[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const license = await site.issue('basic', { openrouter: LIMIT });
          const url = site.running()[0]?.url as string;
          history.push(await clients.ask({ url, key: license.key }));
          licenses.push(license);
        }
        await shiftMonth(site, processes);
        for (const license of licenses) await expectExactly(license);
        const periods = await site.admin('GET', `/licenses/${licenses[0]?.id}`);
        expect(periods.usage_breakdown.openrouter).toMatchObject({ used: LIMIT, remaining: 0 });
      },
      TIMEOUT_MS,
    );

    test(
      'every process served requests, and the ledger agrees with clients and upstream',
      async () => {
        for (const { url } of site.running()) {
          const own = history.filter(seen => seen.url === url);
          expect(summary(own)).toMatch(/^200: \d+, .*429/);
        }
        expect(new Set(await site.stopAll())).toEqual(new Set([0]));
        expect(await site.run('src/commands/verify')).toEqual({
          code: 0,
          output: 'the ledger is clean\n',
        });
        expect(findContradictions(history, await site.holds(), await site.served())).toEqual([]);
      },
      TIMEOUT_MS,
    );
  },
);

/** Sets the deciding clock to next month; the embedded database is stopped for that. */
async function shiftMonth(site: Site, processes: number): Promise<void> {
  const nextMonth = `CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE sql STABLE
    PARALLEL SAFE AS $$ SELECT statement_timestamp() + interval '1 month' $$`;
  if (site.cluster) {
    await site.query(nextMonth);
    return;
  }
  await site.stopAll();
  await site.query(nextMonth);
  await site.start(processes);
}
