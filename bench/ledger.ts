// Measures pairs of hold and post a second, batched and one by one, on PostgreSQL and on the embedded
// database, for one license and for 10,000, and what named keys cost, in turns: `npm run bench:ledger`.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Catalog } from '../src/domain/catalog.js';
import { perProvider } from '../src/domain/provider.js';
import type { Database } from '../src/store/database/database.js';
import { openEmbedded } from '../src/store/database/embedded.js';
import { openPostgres } from '../src/store/database/postgres.js';
import { createLedger, type Ledger } from '../src/store/ledger/index.js';
import { type BareLicense, newLicenses, writeLicenses } from '../test/harness/manyLicenses.js';
import { startPostgresCluster } from '../test/harness/postgresCluster.js';
import { assertClean } from './clean.js';
import { postgresMs, processorMs } from './processes.js';
import { median } from './report.js';

const CONCURRENCY = 64;
const ALLOWANCE = 1_000_000_000;
/** Fewer where the machine is too busy to write so many. */
const LICENSES = Number(process.env.BENCH_LICENSES ?? 10_000);
const WARM_UP_MS = 2_000;
const STARTS_WITHIN_MS = 20;
const MEASURED_MS = Number(process.env.BENCH_MS ?? 6_000);
const TURN_MS = 500;

interface Caller extends BareLicense {
  namedKey?: { id: string; areKeysLimited: boolean };
}

const catalog: Catalog = {
  writtenAt: new Date(0),
  plans: new Map([
    [
      'bench',
      {
        code: 'bench',
        rank: 1,
        name: { fa: '', en: '', 'zh-TW': '' },
        allowances: { ...perProvider(() => 0), openrouter: ALLOWANCE },
      },
    ],
  ]),
  products: new Map(),
  otherProducts: [],
  models: new Map(),
  modelsByName: new Map(),
};

/** A license's first request of a month costs more, and is not what is measured here. */
async function openMonth(ledger: Ledger, licenses: BareLicense[]): Promise<void> {
  for (let from = 0; from < licenses.length; from += 256) {
    const some = licenses.slice(from, from + 256);
    await Promise.all(some.map(license => pair(ledger, license)));
  }
}

async function pair(ledger: Ledger, license: Caller): Promise<void> {
  const holdId = uuidv7();
  const hold = await ledger.hold({
    ...license,
    holdId,
    version: 1,
    provider: 'openrouter',
    units: 1,
    model: 'bench/model',
  });
  if (hold.kind !== 'held') throw new Error(`hold was ${hold.kind}`);
  const settled = await ledger.settle({ ...license, holdId, outcome: 'posted', reason: 'success' });
  if (settled.kind !== 'ended') throw new Error('post was refused');
}

/** Pairs a second at this concurrency, each of a license chosen at random. */
async function measure(ledger: Ledger, licenses: Caller[], forMs: number): Promise<number> {
  const endsAt = performance.now() + forMs;
  let pairs = 0;
  const worker = async () => {
    // Spreads the requests, so that some hold while others post.
    await sleep(Math.random() * STARTS_WITHIN_MS);
    while (performance.now() < endsAt) {
      const license = licenses[Math.floor(Math.random() * licenses.length)] as Caller;
      await pair(ledger, license);
      pairs++;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return Math.round((pairs * 1_000) / (performance.now() - begun));
}

/** Five named keys of a license; the limits are never reached. */
async function nameKeys(
  { prisma }: Database,
  { licenseId }: BareLicense,
  areKeysLimited: boolean,
): Promise<Caller[]> {
  const ids = Array.from({ length: 5 }, () => uuidv7());
  for (const id of ids) {
    const limits = { create: areKeysLimited ? [{ provider: 'openrouter', units: ALLOWANCE }] : [] };
    await prisma.namedKey.create({ data: { id, licenseId, name: id, limits } });
    const secret = { digest: Buffer.from(id), sealed: Buffer.from(''), prefix: 'x', last4: 'aaaa' };
    await prisma.licenseKey.create({ data: { id, namedKeyId: id, ...secret } });
  }
  return ids.map(id => ({ licenseId, keyId: id, namedKey: { id, areKeysLimited } }));
}

/** The database's processor time a pair, with keys of each kind, in turns; the ratios are those of each round. */
async function compareKeys(
  ledger: Ledger,
  [license, ofKeys, ofLimits]: BareLicense[],
  database: Database,
  databaseMs: () => Promise<number>,
): Promise<Record<string, string>> {
  const named = await nameKeys(database, ofKeys as BareLicense, false);
  const limited = await nameKeys(database, ofLimits as BareLicense, true);
  const all: Record<string, Caller[]> = {
    'the master key': [license as Caller],
    'a named key': named.slice(0, 1),
    'five named keys': named,
    'a named key with a limit': limited.slice(0, 1),
    'five named keys with limits': limited,
  };
  for (const callers of Object.values(all)) await measure(ledger, callers, TURN_MS);
  const rounds: Record<string, number>[] = [];
  for (let at = 0; at < MEASURED_MS; at += TURN_MS) {
    const round: Record<string, number> = {};
    const order = Object.entries(all);
    for (const [kind, callers] of rounds.length % 2 ? order.reverse() : order) {
      const before = await databaseMs();
      const pairs = ((await measure(ledger, callers, TURN_MS)) * TURN_MS) / 1_000;
      round[kind] = ((await databaseMs()) - before) / pairs;
    }
    rounds.push(round);
  }
  const of = (kind: string) => (round: Record<string, number>) => round[kind] ?? Number.NaN;
  const shown = Object.keys(all).map(kind => {
    const microseconds = median(rounds.map(of(kind))) * 1_000;
    const ratio = median(rounds.map(round => of(kind)(round) / of('the master key')(round)));
    return [kind, `${microseconds.toFixed(1)} µs of processor a pair, ${ratio.toFixed(2)}`];
  });
  return Object.fromEntries(shown);
}

async function measureDatabase(
  name: string,
  database: Database,
  databaseMs: () => Promise<number>,
): Promise<void> {
  const licenses = newLicenses(LICENSES);
  await writeLicenses(database.prisma, 'bench', licenses);
  const { direct: queries, pipelined } = database;
  const settings = { timeZone: 'UTC', leaseMs: 60_000, queries, pipelined };
  const batched = createLedger(database.prisma, () => catalog, settings);
  const single = createLedger(database.prisma, () => catalog, { ...settings, batchSize: 1 });
  const one = licenses.slice(0, 1);
  await openMonth(batched, licenses);
  await database.prisma.$executeRaw`ANALYZE`;
  await measure(batched, licenses, WARM_UP_MS);
  const results = {
    'one license, batched': await measure(batched, one, MEASURED_MS),
    'one license, one by one': await measure(single, one, MEASURED_MS / 2),
    [`${LICENSES} licenses, batched`]: await measure(batched, licenses, MEASURED_MS),
    [`${LICENSES} licenses, one by one`]: await measure(single, licenses, MEASURED_MS / 2),
  };
  for (const [what, pairs] of Object.entries(results)) {
    console.log(`${name.padEnd(12)} ${what.padEnd(30)} ${String(pairs).padStart(7)} pairs/s`);
  }
  const keys = await compareKeys(batched, licenses, database, databaseMs);
  for (const [kind, figures] of Object.entries(keys)) {
    console.log(`${name.padEnd(12)} ${kind.padEnd(30)} ${figures} of the master key's`);
  }
  await assertClean(name, database);
}

const cluster = await startPostgresCluster({ durable: true });
try {
  const postgres = await openPostgres(await cluster.createDatabase('bench'));
  await measureDatabase('PostgreSQL', postgres, () => postgresMs(cluster));
} finally {
  await cluster.stop();
}
const directory = await mkdtemp(join(tmpdir(), 'sahm-bench-'));
try {
  const embedded = await openEmbedded(directory);
  // It runs within this process, which computes besides.
  await measureDatabase('embedded', embedded, () => processorMs(process.pid));
} finally {
  await rm(directory, { recursive: true, force: true });
}
