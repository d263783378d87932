// The clock passes midnight on the first of a month during load. On PostgreSQL the server's clock is shifted,
// and the service's processes keep the real time, a year away: their clocks decide nothing. On the embedded
// database both are one process. No job opens a month.

import { expect } from '@jest/globals';
import { findFakeTime, openFakeClock } from '../harness/fakeTime.js';
import {
  findContradictions,
  isSuccess,
  keepAsking,
  LIGHT_MODEL,
  openClients,
  type Seen,
  summary,
  until,
} from '../harness/load.js';
import { type DatabaseKind, openSite } from '../harness/site.js';
import { testWhere } from '../harness/testWhere.js';

const WELL_BEFORE = new Date('2025-11-30T12:00:00Z');
const JUST_BEFORE = new Date('2025-11-30T23:59:57Z');
const MIDNIGHT = '2025-12-01 00:00:00+00';
const TIMEOUT_MS = 240_000;

const library = findFakeTime();
const testWithFakeTime = testWhere(library !== undefined, 'faketime');

testWithFakeTime.each<[DatabaseKind, number]>([
  ['postgres', 2],
  ['embedded', 1],
])(
  '%s, %i process(es): December begins during load',
  async (database, processes) => {
    const clock = await openFakeClock(library as string, WELL_BEFORE);
    const isEmbedded = database === 'embedded';
    const site = await openSite({
      database,
      faults: ['delay-1000'],
      ...(isEmbedded ? {} : { serverEnvironment: clock.environment }),
    });
    const clients = openClients();
    try {
      await site.start(processes, isEmbedded ? clock.environment : {});
      const urls = site.running().map(service => service.url);
      const [url] = urls as [string];
      const busy = await site.issue('pro', { openrouter: 1_000_000 });
      const usedUp = await site.issue('basic');
      const withAddOn = await site.issue('basic', { openrouter: 20 });
      await site.admin('POST', `/licenses/${withAddOn.id}/grants`, { product: '404' });

      const history: Seen[] = [];
      const inNovember = await clients.askAtOnce([
        ...Array.from({ length: 160 }, () => ({ url, key: usedUp.key })),
        // 20 from the month, and 30 from the add-on's 50.
        ...Array.from({ length: 50 }, () => ({ url, key: withAddOn.key })),
      ]);
      history.push(...inNovember);
      expect(inNovember.filter(isSuccess).length).toBe(150 + 50);
      expect(new Set(inNovember.filter(isSuccess).map(seen => seen.period))).toEqual(
        new Set(['2025-11']),
      );

      // One license has enough, partly with requests under way at midnight. The other waits for its new
      // month.
      let turn = 0;
      const load = keepAsking(clients, 20, () => {
        turn += 1;
        const to = urls[turn % urls.length] as string;
        if (turn % 4 === 0) return { url: to, key: usedUp.key };
        return { url: to, key: busy.key, model: turn % 4 === 1 ? LIGHT_MODEL : 'fault/delay-1000' };
      });
      await load.untilSeen(20);
      await clock.set(JUST_BEFORE);
      await until(() => load.history.filter(isOfDecember).filter(isOf(busy.key)).length >= 50);
      await until(() => load.history.filter(isOfDecember).filter(isOf(usedUp.key)).length >= 150);
      history.push(...(await load.stop()));

      // 20 from the new month and the 20 that were left of the add-on, and not one more.
      const decembers = await clients.askAtOnce(
        Array.from({ length: 80 }, () => ({ url, key: withAddOn.key })),
      );
      history.push(...decembers);
      expect(summary(decembers)).toMatch(/^200: 40, 429/);
      const { usage_breakdown } = await site.admin('GET', `/licenses/${withAddOn.id}`);
      expect(usage_breakdown.openrouter).toMatchObject({ used: 40, limit: 40, remaining: 0 });
      expect(history.filter(isOf(usedUp.key)).filter(isOfDecember).length).toBe(150);

      expect(new Set(await site.stopAll())).toEqual(new Set([0]));
      const verifying = isEmbedded ? clock.environment : {};
      expect(await site.run('src/commands/verify', verifying)).toMatchObject({ code: 0 });
      const holds = await site.holds();
      expect(findContradictions(history, holds, await site.served())).toEqual([]);

      // Each request counts in the month of its hold, even if it ended in the next.
      const periodOf = new Map(holds.map(hold => [hold.id, hold.period]));
      const strangers = history
        .filter(isSuccess)
        .filter(seen => seen.period !== periodOf.get(seen.id as string));
      expect(strangers).toEqual([]);
      const [facts] = await site.query<Record<string, number>>(`SELECT
      count(*) FILTER (WHERE period <> to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM'))::int
        AS wrong,
      count(*) FILTER (WHERE created_at < '${MIDNIGHT}' AND ended_at >= '${MIDNIGHT}')::int
        AS across,
      extract(epoch FROM min(created_at) FILTER (WHERE period = '2025-12'
        AND license_id = '${usedUp.id}') - '${MIDNIGHT}')::float8 AS first
      FROM hold`);
      console.log(`${database}: ${summary(history)}; ${JSON.stringify(facts)}`);
      expect(facts?.wrong).toBe(0);
      expect(facts?.across).toBeGreaterThan(0);
      // Opened at once, when one of its clients asked, even on a busy machine.
      expect(facts?.first).toBeLessThan(10);
    } finally {
      await clients.close();
      await site.close();
      await clock.close();
    }
  },
  TIMEOUT_MS,
);

function isOfDecember(seen: Seen): boolean {
  return seen.period === '2025-12';
}

function isOf(key: string): (seen: Seen) => boolean {
  return seen => seen.key === key;
}
