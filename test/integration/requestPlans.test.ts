// The cost of a page of one license's requests or refusals depends on the page, not on the number of all rows.
//
// PLAN_ROWS sets how many requests the license has: 1000000 shows it at full size.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { createRefusalLog } from '../../src/store/reports/refusalLog.js';
import { createRequestLog } from '../../src/store/reports/requestLog.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import { readMoreThan, rowsRead } from './rowsRead.js';

const ROWS = Number(process.env.PLAN_ROWS ?? 20_000);
const PAGE = 50;
const TABLES = ['hold', 'refusal'];
const licenseId = uuidv7();

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  const { prisma } = database;
  // Half of all rows are other licenses', among this one's.
  await prisma.$executeRaw`
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at, ended_at)
    SELECT ('0198' || lpad(to_hex(number), 8, '0') || '7000800000000000' || '0000')::uuid,
      CASE number % 2 WHEN 0 THEN ${licenseId}::uuid ELSE gen_random_uuid() END, 'openrouter',
      '2026-01', 1, CASE number % 10 WHEN 0 THEN 'voided' ELSE 'posted' END, 'x', at, at, at
    FROM generate_series(1, ${2 * ROWS}::int) number
    CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01' + number * interval '1 second' AS at) each`;
  await prisma.$executeRaw`
    INSERT INTO refusal (id, license_id, at, dialect, code, reason, parameters)
    SELECT gen_random_uuid(), CASE number % 10 WHEN 0 THEN ${licenseId}::uuid ELSE gen_random_uuid()
      END, now(), 'openai', 'conflict', 'conflict', '{}'
    FROM generate_series(1, 10000) number`;
  await prisma.$executeRawUnsafe('ANALYZE hold, refusal');
}, 600_000);
afterAll(() => database.close());

test('a page reads only about as many rows as it has, the last one too', async () => {
  const { prisma } = database;
  const requests = createRequestLog(prisma, 'UTC');
  const refusals = createRefusalLog(prisma, 'UTC');
  const before = await rowsRead(prisma, TABLES);
  const first = await requests.list(licenseId, { limit: PAGE });
  const [oldest] = await prisma.$queryRaw<Array<{ id: string }>>`
    SELECT id FROM hold WHERE license_id = ${licenseId}::uuid ORDER BY id OFFSET ${PAGE}::int LIMIT 1`;
  const last = await requests.list(licenseId, { limit: PAGE, cursor: oldest?.id as string });
  const voided = await requests.list(licenseId, { limit: PAGE, outcome: 'voided' });
  const one = await requests.list(licenseId, { limit: PAGE, requestId: oldest?.id as string });
  const refused = await refusals.list(licenseId, { limit: PAGE });
  const pages = [first, last, voided, one, refused].map(({ rows }) => rows.length);
  expect(pages).toEqual([PAGE, PAGE, PAGE, 1, PAGE]);
  expect(last.nextCursor).toBeNull();
  const after = await rowsRead(prisma, TABLES);
  // Of the voided ones a tenth of what is read counts.
  expect(readMoreThan(20 * PAGE, before, after)).toEqual([]);
});
