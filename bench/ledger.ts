// Measures pairs of hold and post a second, batched and one by one, on PostgreSQL and on the embedded
// database, for one license and for 10,000: `npm run bench:ledger`.

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

const CONCURRENCY = 64;
const ALLOWANCE = 1_000_000_000;
const LICENSES = 10_000;
const WARM_UP_MS = 2_000;
const STARTS_WITHIN_MS = 20;
const MEASURED_MS = Number(process.env.BENCH_MS ?? 6_000);

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

async function pair(ledger: Ledger, license: BareLicense): Promise<void> {
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
async function measure(ledger: Ledger, licenses: BareLicense[], forMs: number): Promise<number> {
  const endsAt = performance.now() + forMs;
  let pairs = 0;
  const worker = async () => {
    // Spreads the requests, so that some hold while others post.
    await sleep(Math.random() * STARTS_WITHIN_MS);
    while (performance.now() < endsAt) {
      const license = licenses[Math.floor(Math.random() * licenses.length)] as BareLicense;
      await pair(ledger, license);
      pairs++;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return Math.round((pairs * 1_000) / (performance.now() - begun));
}

async function measureDatabase(name: string, database: Database): Promise<void> {
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
    '10,000 licenses, batched': await measure(batched, licenses, MEASURED_MS),
    '10,000 licenses, one by one': await measure(single, licenses, MEASURED_MS / 2),
  };
  for (const [what, pairs] of Object.entries(results)) {
    console.log(`${name.padEnd(12)} ${what.padEnd(30)} ${String(pairs).padStart(7)} pairs/s`);
  }
  await assertClean(name, database);
}

const cluster = await startPostgresCluster({ durable: true });
try {
  const postgres = await openPostgres(await cluster.createDatabase('bench'));
  await measureDatabase('PostgreSQL', postgres);
} finally {
  await cluster.stop();
}
const directory = await mkdtemp(join(tmpdir(), 'sahm-bench-'));
try {
  const embedded = await openEmbedded(directory);
  await measureDatabase('embedded', embedded);
} finally {
  await rm(directory, { recursive: true, force: true });
}
