// Checks that everything stays fast with a million licenses: `npm run bench:scale`. It measures lookups and
// pages and the indexes that they use, compares chats with a small database, and times `verify`.
// BENCH_LICENSES and BENCH_HOLDS make it smaller.

import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { loadCatalog } from '../src/catalog/load.js';
import { SYSTEM } from '../src/store/admin/audit.js';
import type { Database } from '../src/store/database/database.js';
import { openPostgres } from '../src/store/database/postgres.js';
import { createLedger } from '../src/store/ledger/index.js';
import { findLedgerProblems } from '../src/store/ledger/verify.js';
import { createGrantStore } from '../src/store/licenses/grants.js';
import { createLicenseStore } from '../src/store/licenses/licenses.js';
import { createRequestLog } from '../src/store/reports/requestLog.js';
import { createTimeline } from '../src/store/reports/timeline.js';
import { createKeyVault } from '../src/store/secrets/keyVault.js';
import { startPostgresCluster } from '../test/harness/postgresCluster.js';
import { median } from './report.js';

const LICENSES = Number(process.env.BENCH_LICENSES ?? 1_000_000);
const HOLDS = Number(process.env.BENCH_HOLDS ?? 5_000_000);
const SMALL = 1_000;
const PAIRS = 4_096;
const ROUNDS = 15;
const CONCURRENCY = 32;
const LIMIT_MS = 50;
const VERIFY_LIMIT_MS = 120_000;
/** With 1,000,000 licenses a chat may cost 1.1 times what it costs with 1,000. */
const LEAST_RATIO = 1 / 1.1;

const theCatalog = await loadCatalog('catalog');
const catalog = () => theCatalog;
const timeZone = 'UTC';

/** Writes licenses with one key each, the month's quotas, and holds, as the service writes them. */
async function fill(database: Database, licenses: number, holds: number): Promise<void> {
  const run = (sql: string) => database.patiently(client => client.$executeRawUnsafe(sql));
  await run(`INSERT INTO account (id, email) SELECT gen_random_uuid(), 'a' || n || '@example.com'
    FROM generate_series(1, ${licenses}) n`);
  await run(`INSERT INTO license (id, account_id, plan, state, created_at)
    SELECT (lpad(to_hex(1760000000000 + row_number() OVER ()), 12, '0') || substr(md5(id::text), 1, 20))::uuid,
      id, (ARRAY['basic', 'pro', 'vip'])[1 + abs(hashtext(email)) % 3],
      CASE WHEN abs(hashtext(email)) % 1000 = 0 THEN 'suspended' ELSE 'active' END,
      sahm_now() - random() * interval '300 days' FROM account`);
  await run(`INSERT INTO license_key (id, license_id, digest, sealed, prefix, last4)
    SELECT gen_random_uuid(), id, sha256(id::text::bytea), ''::bytea,
      'sahm_live_' || substr(md5(id::text), 1, 4), substr(md5(id::text), 5, 4) FROM license`);
  await run(`INSERT INTO hold (id, license_id, provider, period, units, state, reason, model,
      created_at, lease_ends_at, ended_at)
    SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || substr(md5(n::text), 1, 20))::uuid, id, 'openrouter', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM'),
      1, 'posted', 'success', 'qwen/qwen-2.5-7b-instruct', at, at, at
    FROM (SELECT n, license.id, date_trunc('month', sahm_now())
        + random() * (sahm_now() - date_trunc('month', sahm_now())) AS at
      FROM (SELECT id, row_number() OVER () AS place FROM license) license
      JOIN generate_series(1, ${holds}) n ON place = 1 + n % ${licenses}) made`);
  await run(`INSERT INTO quota_period (license_id, period, provider, plan_limit, addon_limit,
      highest_limit, used)
    SELECT id, to_char(sahm_now() AT TIME ZONE 'UTC', 'YYYY-MM'), provider, 1000000, 0, 1000000,
      CASE provider WHEN 'openrouter' THEN coalesce(used, 0) ELSE 0 END
    FROM license CROSS JOIN (VALUES ('openrouter'), ('openai')) each(provider)
    LEFT JOIN (SELECT license_id, count(*) AS used FROM hold GROUP BY 1) drawn ON license_id = id`);
  await run('ANALYZE');
}

/** The slower of the two middle values of 20, after two runs that are not counted. */
async function time(act: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < 22; turn++) {
    const begun = performance.now();
    await act();
    times.push(performance.now() - begun);
  }
  return times.slice(2).sort((a, b) => a - b)[10] as number;
}

async function chatsPerSecond({ prisma, direct, pipelined }: Database): Promise<number> {
  const settings = { timeZone, leaseMs: 60_000, queries: direct, pipelined };
  const ledger = createLedger(prisma, catalog, settings);
  const licenses = await prisma.$queryRaw<Array<{ licenseId: string; keyId: string }>>`
    SELECT license.id AS "licenseId", license_key.id AS "keyId" FROM license
    JOIN license_key ON license_id = license.id WHERE state = 'active' LIMIT ${SMALL}::int`;
  let at = 0;
  const pair = async () => {
    const { licenseId, keyId } = licenses[at++ % licenses.length] as (typeof licenses)[number];
    const holdId = uuidv7();
    const what = { provider: 'openrouter' as const, units: 1, model: 'm', version: 1 };
    const held = await ledger.hold({ holdId, licenseId, keyId, ...what });
    if (held.kind !== 'held') throw new Error(held.kind);
    await ledger.settle({ holdId, licenseId, outcome: 'posted', reason: 'success' });
  };
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let turn = 0; turn < PAIRS / CONCURRENCY; turn++) await pair();
    }),
  );
  return PAIRS / ((performance.now() - begun) / 1000);
}

let failures = 0;
function report(what: string, value: number, unit: string, isRight: boolean): void {
  if (!isRight) failures += 1;
  console.log(
    `${isRight ? 'ok  ' : 'FAIL'} ${what}: ${value.toFixed(unit === 'ms' ? 1 : 2)} ${unit}`,
  );
}

const cluster = await startPostgresCluster({ sharedBuffers: '2GB' });
try {
  await (await openPostgres(await cluster.createDatabase('empty'))).close();
  const open = async (name: string) => openPostgres(await cluster.createDatabase(name, 'empty'));
  const small = await open('small');
  await fill(small, SMALL, 5 * SMALL);
  const big = await open('big');
  console.log(`filling ${LICENSES} licenses and ${HOLDS} holds`);
  await fill(big, LICENSES, HOLDS);

  const { prisma } = big;
  const vault = createKeyVault({ pepper: 'p'.repeat(32), encryptionKey: randomBytes(32) });
  const licenses = createLicenseStore({ prisma, queries: big.direct, catalog, vault, timeZone });
  const grants = createGrantStore({ prisma, catalog, timeZone });
  const ledger = createLedger(prisma, catalog, { timeZone, leaseMs: 60_000 });
  const timeline = createTimeline(prisma);
  const requestLog = createRequestLog(prisma, timeZone);
  const issued = await licenses.issue({ email: 'new@example.com', plan: 'pro' }, SYSTEM);
  if (issued.kind === 'refusal') throw new Error(issued.code);
  const { key, license } = issued;
  const [one] = await prisma.$queryRaw<[{ id: string; last4: string; prefix: string }]>`
    SELECT license_id AS id, last4, prefix FROM license_key ORDER BY license_id LIMIT 1 OFFSET 500`;
  const acts: Record<string, () => Promise<unknown>> = {
    'a key is found': () => licenses.findByKey(key),
    'lookup by key': () => licenses.lookup(key),
    'the first page': () => licenses.list({ limit: 50 }),
    'by e-mail': () => licenses.list({ limit: 50, email: 'a77@example.com' }),
    'by last 4': () => licenses.list({ limit: 50, keyLast4: one.last4 }),
    'by prefix': () => licenses.list({ limit: 50, keyPrefix: one.prefix }),
    'by state': () => licenses.list({ limit: 50, status: 'suspended' }),
    'expired ones': () => licenses.list({ limit: 50, status: 'expired' }),
    'by plan': () => licenses.list({ limit: 50, plan: 'vip' }),
    'a license’s page': async () =>
      Promise.all([licenses.details(one.id), ledger.usage(one.id), grants.list(one.id)]),
    'its timeline': () => timeline.read(license.id, { limit: 50 }),
    'its requests': () => requestLog.list(one.id, { limit: 50 }),
  };
  // Reads the counters once, so that the scans while filling are not included.
  await scans(big);
  await scans(big);
  for (const [what, act] of Object.entries(acts)) {
    const scansBefore = await scans(big);
    const ms = await time(act);
    report(what, ms, 'ms', ms <= LIMIT_MS);
    const read = (await scans(big)) - scansBefore;
    report(`${what}: tables read from end to end`, read, '', read === 0);
  }
  // In short turns, so that other work of the machine affects both alike.
  await chatsPerSecond(small);
  await chatsPerSecond(big);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ofSmall = await chatsPerSecond(small);
    ratios.push((await chatsPerSecond(big)) / ofSmall);
  }
  const ratio = median(ratios);
  report('chats, big beside small', ratio, '', ratio >= LEAST_RATIO);
  const begun = performance.now();
  const problems = await big.patiently(client => findLedgerProblems(client, timeZone));
  const verifyMs = performance.now() - begun;
  report('verify', verifyMs, 'ms', verifyMs <= VERIFY_LIMIT_MS && problems.length === 0);
  for (const problem of problems) console.log(problem);
  await small.close();
  await big.close();
} finally {
  await cluster.stop();
}
process.exitCode = failures > 0 ? 1 : 0;

/** How often the large tables were read completely. PostgreSQL's counters lag a moment behind. */
async function scans({ prisma }: Database): Promise<number> {
  await new Promise(resolve => setTimeout(resolve, 1_200));
  const [row] = await prisma.$queryRaw<[{ count: bigint }]>`
    SELECT sum(seq_scan) AS count FROM pg_stat_user_tables
    WHERE relname IN ('license', 'license_key', 'account', 'hold', 'quota_period')`;
  return Number(row.count);
}
