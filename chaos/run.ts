// One run: load and faults for a time, then rest, then the checks of every promise.

import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../test/harness/load.js';
import type { PostgresCluster } from '../test/harness/postgresCluster.js';
import { type Cast, issueLicenses, type License, SMALL } from './cast.js';
import type { Finding } from './checks/finding.js';
import { checkAll } from './checks/index.js';
import type { Ask, Client } from './client.js';
import { type Evidence, heldUnits, readHolds, readSold, type Told, tellOf } from './evidence.js';
import { type Faults, startFaults } from './faults.js';
import { type Ground, LEASE_MS, openGround, SWEPT_WITHIN_MS, untilReady } from './ground.js';
import { createHistory, type History } from './history.js';
import { startAdministration } from './keys.js';
import { KINDS, type Kind } from './kinds.js';
import { read, readable, startLoad } from './load.js';
import { type Shop, startShop } from './purchases.js';
import { KILLING, type Lane, MIXED } from './schedule.js';

export interface RunOptions {
  seed: number;
  /** How long faults go on, or how many replicas they kill. */
  lasts: { ms: number } | { kills: number };
  /** The lanes of faults; all if absent. */
  lanes?: Lane[];
  replicas?: number;
  clients?: number;
  /** A server that several runs use. */
  cluster?: PostgresCluster;
  /** Breaks the installation before the load begins. May return a function to call after the load. */
  sabotage?: (ground: Ground, cast: Cast) => Promise<(() => Promise<void>) | undefined>;
  keepsLogs?: boolean;
}

export interface Run {
  findings: Finding[];
  faults: Map<string, number>;
  history: History;
  lastedMs: number;
  /** The folder of the logs; removed unless they are kept. */
  logs: string;
}

export async function run(options: RunOptions): Promise<Run> {
  const { seed, lasts, replicas = 3, clients = 12 } = options;
  const ground = await openGround(replicas, options.cluster);
  let keepsLogs = true;
  try {
    const history = createHistory();
    const cast = await issueLicenses(ground, drainedIn(lasts));
    const afterLoad = await options.sabotage?.(ground, cast);
    const begun = performance.now();
    const load = startLoad({ ground, cast, history, seed, clients });
    const administration = startAdministration(ground, cast.guarded, history, seed + 1);
    const shop = startShop(ground, seed + 2);
    const regime = 'ms' in lasts ? MIXED : KILLING;
    const faults = startFaults(ground, seed, regime, options.lanes);
    await ('ms' in lasts ? sleep(lasts.ms) : faults.untilKilled(lasts.kills));
    await faults.stop();
    const lastedMs = performance.now() - begun;
    const { client } = load;
    const scene = { ground, cast, history, client, shop };
    await Promise.all([load.stop(), shop.stop()]);
    await administration.stop(async (license, key) => {
      for (const _ of ground.replicas) await askOnce(scene, license, key);
    });
    await afterLoad?.();
    await comeToRest(scene, load.repeatable);
    const evidence = await collect(scene, faults);
    await client.close();
    const findings = await checkAll(evidence);
    keepsLogs = options.keepsLogs || findings.some(({ broken }) => broken.length > 0);
    if (keepsLogs) await writeHistory(ground.logs, evidence);
    return { findings, faults: faults.done, history, lastedMs, logs: ground.logs };
  } finally {
    await ground.close(keepsLogs);
  }
}

/** How many licenses or wallets the run uses up: each lasts about half a minute. */
function drainedIn(lasts: RunOptions['lasts']): number {
  const seconds = 'ms' in lasts ? lasts.ms / 1_000 : lasts.kills * 5;
  return Math.min(20, 2 + Math.ceil(seconds / 30));
}

interface Scene {
  ground: Ground;
  cast: Cast;
  history: History;
  client: Client;
  shop: Shop;
}

/**
 * Brings the run to rest after the faults. Repeats calls with an unknown outcome, makes each kind of call once, and
 * uses up what may run out.
 */
async function comeToRest(scene: Scene, repeatable: Array<Omit<Ask, 'url'>>): Promise<void> {
  const { ground, cast, history, client, shop } = scene;
  await untilReady(ground);
  await Promise.all([shop.repeatAll(), repeatAll(scene, repeatable)]);
  const url = ground.replicas[0]?.url as string;
  for (const kind of KINDS) await askOnce(scene, cast.large[0] as License, undefined, kind);
  await askOnce(scene, cast.wallets[0] as License);
  for (const license of [cast.small.at(-1), cast.purses.at(-1)] as License[]) {
    const asked = Array.from({ length: SMALL + 6 }, () => askOnce(scene, license));
    await Promise.all(asked);
  }
  for (const each of readable(cast)) await read(client, history, url, each);
  await ground.site.runJob('apply-waiting-purchases');
  await until(async () => (await heldUnits(ground)) === 0, LEASE_MS + SWEPT_WITHIN_MS).catch(
    () => {},
  );
}

/** Makes each call at the next replica in turn. */
function askOnce(
  { ground, history, client }: Scene,
  license: License,
  key = license.keys.at(-1) as string,
  kind = KINDS[0] as Kind,
) {
  const urls = ground.replicas.flatMap(replica => replica?.url ?? []);
  const url = urls[history.calls.length % urls.length] as string;
  const { id: model, provider } = kind.models[0] as Kind['models'][number];
  return client.ask({ url, kind, license: license.id, key, model, provider, text: 'at rest' });
}

/** Repeats the call of each Idempotency-Key until its outcome is known. */
async function repeatAll(
  { ground, client }: Scene,
  repeatable: Array<Omit<Ask, 'url'>>,
): Promise<void> {
  const left = [...repeatable];
  const urls = ground.replicas.flatMap(replica => replica?.url ?? []);
  async function work(): Promise<void> {
    for (let ask = left.pop(); ask; ask = left.pop()) {
      const url = urls[left.length % urls.length] as string;
      for (let attempt = 0; attempt < 50; attempt++) {
        const answer = await client.ask({ ...ask, url });
        const isKnown = answer && answer.outcome !== 'unknown';
        if (isKnown && answer.code !== 'idempotency_in_progress') break;
        await sleep(200);
      }
    }
  }
  await Promise.all([work(), work(), work(), work()]);
}

async function collect(
  { ground, cast, history, client, shop }: Scene,
  faults: Faults,
): Promise<Evidence> {
  const { site, secrets, logs, cluster } = ground;
  const url = ground.replicas[0]?.url as string;
  const told = new Map<string, Told>();
  for (const license of Object.values(cast).flat()) {
    told.set(license.id, await tellOf(client, url, license));
  }
  const exitCodes = [...faults.exitCodes, ...(await site.stopAll())];
  const verified = await site.run('src/commands/verify');
  const files = (await readdir(logs)).map(name => join(logs, name));
  return {
    history,
    cast,
    holds: await readHolds(ground),
    served: await site.served(),
    told,
    orders: shop.orders,
    deliveries: shop.deliveries,
    sold: await readSold(ground),
    verified,
    exitCodes,
    secrets,
    logFiles: [...files, join(dirname(cluster.dataDirectory), 'server.log')],
  };
}

/** Writes what a person needs beside the logs to see what happened. License keys are left out. */
async function writeHistory(logs: string, { history, holds, served }: Evidence): Promise<void> {
  const lines = (rows: object[]) => rows.map(row => `${JSON.stringify(row)}\n`).join('');
  const calls = history.calls.map(({ key: _, ...call }) => call);
  await writeFile(join(logs, 'calls.jsonl'), lines(calls));
  await writeFile(join(logs, 'readings.jsonl'), lines(history.readings));
  await writeFile(join(logs, 'holds.jsonl'), lines(holds));
  await writeFile(join(logs, 'served.jsonl'), lines(served));
}
