// The primary dies during load, or stands still, and its synchronous standby is promoted: DATABASE_URL names both, so
// the service goes on by itself, and nothing that was acknowledged is lost. FAILOVERS=20 makes a long run, in which
// the former primary becomes the standby of the new one each time.

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
import { type PostgresCluster, startPostgresCluster } from '../harness/postgresCluster.js';
import { statusOf } from '../harness/serviceProcess.js';
import { heldUnits, openSite } from '../harness/site.js';

const FAILOVERS = Number(process.env.FAILOVERS ?? 1);
const TIMEOUT_MS = 180_000 + FAILOVERS * 60_000;
const LASTS_MS = 1_000;
/** "A few seconds", on a machine that may be busy. */
const ANSWERED_WITHIN_MS = 10_000;

test(
  `a synchronous standby is promoted during load, ${FAILOVERS} times`,
  async () => {
    const clusters = [
      await startPostgresCluster({ durable: true }),
      await startPostgresCluster({ durable: true }),
    ] as [PostgresCluster, PostgresCluster];
    let [primary, standby] = clusters;
    const site = await openSite({
      database: 'postgres',
      cluster: primary,
      faults: ['delay-200'],
      environment: { UPSTREAM_TIMEOUT_MS: '1500', HOLD_LEASE_MS: '3000' },
    });
    const hosts = clusters.map(({ port }) => `127.0.0.1:${port}`).join(',');
    site.environment.DATABASE_URL = `postgres://postgres@${hosts}${
      new URL(site.databaseUrl as string).pathname
    }?target_session_attrs=read-write`;
    const clients = openClients();
    try {
      await standby.halt();
      await standby.follow(primary);
      const started = await site.start(2);
      const license = await site.issue('pro', { openrouter: 1_000_000 });
      let turn = 0;
      const load = keepAsking(clients, 16, () => {
        turn += 1;
        const url = started[turn % started.length]?.url as string;
        return { url, key: license.key, model: turn % 3 === 0 ? 'fault/delay-200' : LIGHT_MODEL };
      });
      for (let failover = 0; failover < FAILOVERS; failover++) {
        await load.untilSeen(50);
        const dies = failover % 2 === 0;
        await (dies ? primary.crash() : primary.freeze());
        await load.untilSeen(10, seen => seen.status === 503);
        await sleep(LASTS_MS);
        await standby.promote();
        for (const { url } of started) {
          await load.untilSeen(5, seen => isSuccess(seen) && seen.url === url);
          await until(async () => (await statusOf(`${url}/readyz`)) === 200);
        }
        if (!dies) {
          // It still takes itself for the primary, and nobody asks it.
          await primary.thaw();
          await load.untilSeen(50);
          await primary.crash();
        }
        [primary, standby] = [standby, primary];
        if (failover + 1 < FAILOVERS) await standby.follow(primary);
      }
      const history = await load.stop();
      const refused = history.filter(seen => !isSuccess(seen));
      const slowest = slowestMs(refused);
      console.log(
        `${FAILOVERS} failovers; clients saw ${summary(history)}; slowest 503: ${slowest} ms`,
      );
      expect(refused.filter(seen => seen.status !== 503 || !isUnknown(seen))).toEqual([]);
      expect(refused.filter(seen => !/^[1-9]$/.test(seen.retryAfter ?? ''))).toEqual([]);
      expect(slowest).toBeLessThan(ANSWERED_WITHIN_MS);

      await until(async () => (await heldUnits(site, [license])) === 0);
      expect(started.every(service => service.isRunning())).toBe(true);
      // A start, too, finds the one that takes writes.
      await site.start();
      expect(new Set(await site.stopAll())).toEqual(new Set([0]));
      const verified = await site.run('src/commands/verify');
      expect(verified).toEqual({ code: 0, output: 'the ledger is clean\n' });
      expect(findContradictions(history, await site.holds(), await site.served())).toEqual([]);
    } finally {
      await clients.close();
      await site.close();
      for (const cluster of clusters) await cluster.stop();
    }
  },
  TIMEOUT_MS,
);
