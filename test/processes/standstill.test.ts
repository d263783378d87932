// One replica of three hangs in the middle of its work, or loses its network. The others must serve as before.
// STANDSTILLS=50 STANDSTILL_MS=20000 makes a long run; SEED repeats one.

import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../harness/faultProxy.js';
import {
  type Ask,
  findContradictions,
  keepAsking,
  openClients,
  type Seen,
  slowestMs,
  summary,
  until,
} from '../harness/load.js';
import { createRandom } from '../harness/random.js';
import type { ServiceProcess } from '../harness/serviceProcess.js';
import { heldUnits, openSite } from '../harness/site.js';

const STANDSTILLS = Number(process.env.STANDSTILLS ?? 2);
const STANDSTILL_MS = Number(process.env.STANDSTILL_MS ?? 3_000);
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const TIMEOUT_MS = 180_000 + STANDSTILLS * (STANDSTILL_MS + 20_000);
/** "Two seconds", on a machine that may be busy with other tests. */
const ANSWERED_WITHIN_MS = 6_000;
const LICENSES = 6;

type Standing = (replica: ServiceProcess, proxy: FaultProxy) => { end(): void };

test.each<[string, Standing]>([
  [
    'is stopped',
    replica => {
      replica.signal('SIGSTOP');
      return { end: () => replica.signal('SIGCONT') };
    },
  ],
  [
    'is cut off from the database',
    (_, proxy) => {
      proxy.swallow();
      return { end: () => proxy.resume() };
    },
  ],
])(
  `one of three replicas %s, ${STANDSTILLS} times: the others answer all, and soon`,
  async (_, stand) => {
    const random = createRandom(SEED);
    const site = await openSite({
      database: 'postgres',
      faults: ['delay-60'],
      environment: { UPSTREAM_TIMEOUT_MS: '5000', HOLD_LEASE_MS: '15000' },
    });
    const clients = openClients();
    const proxy = await startFaultProxy(site.cluster?.port as number);
    try {
      const others = await site.start(2);
      const url = new URL(site.databaseUrl as string);
      url.port = String(proxy.port);
      const [victim] = (await site.start(1, { DATABASE_URL: url.href })) as [ServiceProcess];
      const licenses = await Promise.all(
        Array.from({ length: LICENSES }, () => site.issue('pro', { openrouter: 1_000_000 })),
      );
      const ask = (service: ServiceProcess): Ask => ({
        url: service.url,
        key: (random.pick(licenses) as { key: string }).key,
        ...(random.below(3) === 0 && { model: 'fault/delay-60' }),
        ...(random.below(2) === 0 && { idempotencyKey: randomUUID() }),
      });
      const ofOthers = keepAsking(clients, 8, () => ask(random.pick(others) as ServiceProcess));
      const ofVictim = keepAsking(clients, 8, () => ask(victim));
      const administration = changeLicenses(victim, licenses, site.token);

      const during: Seen[] = [];
      const rates: string[] = [];
      for (let standstill = 0; standstill < STANDSTILLS; standstill++) {
        await ofVictim.untilSeen(20);
        const before = await countFor(ofOthers.history, 1_000 + random.below(300));
        const standing = stand(victim, proxy);
        const from = ofOthers.history.length;
        const meanwhile = await countFor(ofOthers.history, STANDSTILL_MS);
        standing.end();
        during.push(...ofOthers.history.slice(from));
        rates.push(`${Math.round(before)} -> ${Math.round(meanwhile)}/s`);
        await ofOthers.untilSeen(10);
      }
      await administration.stop();
      const seen = await ofOthers.stop();
      const history = [...seen, ...(await ofVictim.stop())];
      const slowest = slowestMs(seen);
      console.log(`seed ${SEED}; others saw ${summary(seen)}; slowest ${slowest} ms; ${rates}`);
      expect(during.length).toBeGreaterThan(STANDSTILLS);
      expect(summary(seen)).toBe(`200: ${seen.length}`);
      expect(slowest).toBeLessThan(ANSWERED_WITHIN_MS);

      await until(async () => (await heldUnits(site, licenses)) === 0);
      await site.stopAll();
      expect(await site.run('src/commands/verify')).toEqual({
        code: 0,
        output: 'the ledger is clean\n',
      });
      expect(findContradictions(history, await site.holds(), await site.served(), seen)).toEqual(
        [],
      );
    } finally {
      await clients.close();
      await proxy.close();
      await site.close();
    }
  },
  TIMEOUT_MS,
);

/** Answers a second. */
async function countFor(history: Seen[], forMs: number): Promise<number> {
  const from = history.length;
  await sleep(forMs);
  return ((history.length - from) * 1_000) / forMs;
}

/** An administrator keeps changing the licenses, through the replica that will stand still. */
function changeLicenses(
  { url }: ServiceProcess,
  licenses: Array<{ id: string }>,
  token: () => Promise<string>,
): { stop(): Promise<void> } {
  let isStopping = false;
  const working = (async () => {
    const headers = {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${await token()}`,
    };
    for (let turn = 0; !isStopping; turn++) {
      const { id } = licenses[turn % licenses.length] as { id: string };
      const body = JSON.stringify({
        note: `turn ${turn}`,
        limits: { openrouter: 1_000_000 + turn },
      });
      const sent = { method: 'PATCH', headers, body, signal: AbortSignal.timeout(60_000) };
      await fetch(`${url}/admin/api/licenses/${id}`, sent).catch(() => sleep(100));
      await sleep(10);
    }
  })();
  return {
    async stop() {
      isStopping = true;
      await working;
    },
  };
}
