// PostgreSQL goes away during load and comes back: clients are told to retry, the upstream is never called
// without a hold, and nothing that was acknowledged is lost. OUTAGES=20 makes a long run.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import {
  findContradictions,
  isSuccess,
  isUnknown,
  keepAsking,
  LIGHT_MODEL,
  openClients,
  slowestMs,
  summary,
  until,
} from '../harness/load.js';
import { statusOf } from '../harness/serviceProcess.js';
import { heldUnits, openSite } from '../harness/site.js';

const OUTAGES = Number(process.env.OUTAGES ?? 2);
const TIMEOUT_MS = 180_000 + OUTAGES * 40_000;
const LASTS_MS = 3_000;
/** "A few seconds", on a machine that may be busy. */
const ANSWERED_WITHIN_MS = 10_000;

test(
  `PostgreSQL crashes or is stopped during load, ${OUTAGES} times`,
  async () => {
    const site = await openSite({
      database: 'postgres',
      faults: ['delay-200'],
      environment: { UPSTREAM_TIMEOUT_MS: '1500', HOLD_LEASE_MS: '3000' },
    });
    const clients = openClients();
    try {
      const started = await site.start(2);
      const cluster = site.cluster as NonNullable<typeof site.cluster>;
      const license = await site.issue('pro', { openrouter: 1_000_000 });
      let turn = 0;
      const load = keepAsking(clients, 16, () => {
        turn += 1;
        const url = started[turn % started.length]?.url as string;
        return { url, key: license.key, model: turn % 3 === 0 ? 'fault/delay-200' : LIGHT_MODEL };
      });
      for (let outage = 0; outage < OUTAGES; outage++) {
        await load.untilSeen(50);
        await (outage % 2 === 0 ? cluster.crash() : cluster.halt());
        await load.untilSeen(10, seen => seen.status === 503);
        for (const { url } of started) {
          await until(async () => (await statusOf(`${url}/readyz`)) === 503);
          expect(await statusOf(`${url}/healthz`)).toBe(200);
        }
        await sleep(LASTS_MS);
        await cluster.restart();
        for (const { url } of started) {
          await load.untilSeen(5, seen => isSuccess(seen) && seen.url === url);
          await until(async () => (await statusOf(`${url}/readyz`)) === 200);
        }
      }
      const history = await load.stop();
      const refused = history.filter(seen => !isSuccess(seen));
      const slowest = slowestMs(refused);
      console.log(
        `${OUTAGES} outages; clients saw ${summary(history)}; slowest 503: ${slowest} ms`,
      );
      expect(refused.filter(seen => seen.status !== 503 || !isUnknown(seen))).toEqual([]);
      expect(refused.filter(seen => !/^[1-9]$/.test(seen.retryAfter ?? ''))).toEqual([]);
      expect(slowest).toBeLessThan(ANSWERED_WITHIN_MS);

      await until(async () => (await heldUnits(site, [license])) === 0);
      expect(started.every(service => service.isRunning())).toBe(true);
      expect(new Set(await site.stopAll())).toEqual(new Set([0]));
      const verified = await site.run('src/commands/verify');
      expect(verified).toEqual({ code: 0, output: 'the ledger is clean\n' });
      expect(findContradictions(history, await site.holds(), await site.served())).toEqual([]);
    } finally {
      await clients.close();
      await site.close();
    }
  },
  TIMEOUT_MS,
);
