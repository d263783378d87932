// kill -9 during load: exactly the calls that a client saw succeed are charged, and soon after the lease nothing is
// pending. KILLS=20 makes a long run; SEED repeats one.

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import {
  type Ask,
  findContradictions,
  isUnknown,
  keepAsking,
  LIGHT_MODEL,
  openClients,
  summary,
  until,
} from '../harness/load.js';
import { createRandom } from '../harness/random.js';
import { type DatabaseKind, heldUnits, openSite, type Site } from '../harness/site.js';

const KILLS = Number(process.env.KILLS ?? 3);
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const LEASE_MS = 3_000;
/** The promise: this long after the lease nothing is pending. */
const SWEPT_WITHIN_MS = 30_000;
const CLIENTS = 24;
/** Successes between two kills, so that each kill happens in the middle of something. */
const SUCCESSES_BETWEEN = 30;
const TIMEOUT_MS = 180_000 + KILLS * 30_000;

export function testKills(database: DatabaseKind, processes: number): void {
  test(
    `${database}, ${processes} process(es): kill -9 during load, ${KILLS} times`,
    async () => {
      const random = createRandom(SEED);
      const site = await openSite({
        database,
        faults: ['delay-60', 'delay-400', 'status-500', 'reset'],
        environment: { UPSTREAM_TIMEOUT_MS: '1500', HOLD_LEASE_MS: String(LEASE_MS) },
      });
      const clients = openClients();
      try {
        await site.start(processes);
        const licenses = [
          ...(await Promise.all(Array.from({ length: 4 }, () => site.issue('pro')))),
          // This license runs out during the test, and goes on with an add-on of its own.
          await site.issue('pro', { openrouter: 40 }),
        ];
        const small = licenses.at(-1)?.id;
        for (const units of [15, 25]) {
          const grant = { provider: 'openrouter', units, reason: 'test' };
          await site.admin('POST', `/licenses/${small}/grants`, grant);
        }
        for (const { id } of licenses.slice(0, -1)) {
          const limits = { openrouter: 1_000_000 };
          await site.admin('PATCH', `/licenses/${id}`, { limits });
        }

        const models = [LIGHT_MODEL, LIGHT_MODEL, 'fault/delay-60', 'fault/delay-400'];
        const failing = ['fault/status-500', 'fault/reset'];
        const next = (): Ask | undefined => {
          const service = random.pick(site.running());
          const { key } = random.pick(licenses) as { key: string };
          const model = random.pick(random.below(10) === 0 ? failing : models) as string;
          return service && { url: service.url, key, model };
        };
        const load = keepAsking(clients, CLIENTS, next);
        for (let kill = 0; kill < KILLS; kill++) {
          await load.untilSeen(SUCCESSES_BETWEEN);
          await sleep(random.below(800));
          const victim = random.pick(site.running());
          victim?.signal('SIGKILL');
          expect(await victim?.ended).toBe('SIGKILL');
          await site.start();
        }
        await load.untilSeen(SUCCESSES_BETWEEN);
        const history = await load.stop();

        await untilNothingIsHeld(site, licenses);
        expect(new Set(await site.stopAll())).toEqual(new Set([0]));
        const verified = await site.run('src/commands/verify');
        expect(verified).toEqual({ code: 0, output: 'the ledger is clean\n' });
        const holds = await site.holds();
        console.log(
          `${database}: ${KILLS} kills, seed ${SEED}; clients saw ${summary(history)}; holds: ` +
            JSON.stringify(countStates(holds.map(hold => hold.state))),
        );
        expect(findContradictions(history, holds, await site.served())).toEqual([]);
        expect(history.filter(isUnknown).length).toBeGreaterThan(0);
        expect(history.filter(seen => seen.code === 'internal_error')).toEqual([]);
      } finally {
        await clients.close();
        await site.close();
      }
    },
    TIMEOUT_MS,
  );
}

function countStates(states: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Waits for the sweep that the schedule runs by itself; throws when it does not come in time. */
function untilNothingIsHeld(site: Site, licenses: Array<{ id: string }>): Promise<void> {
  return until(async () => (await heldUnits(site, licenses)) === 0, LEASE_MS + SWEPT_WITHIN_MS);
}
