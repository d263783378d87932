// The search for used-up allowances only reads rows since the last run, with any number of licenses and holds, and also
// if the tables were never analysed.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { createNoticeStore } from '../../src/store/notices/index.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import { leaveUnanalysed, readMoreThan, rowsRead } from './rowsRead.js';

const LICENSES = 3_000;
const TABLES = ['license', 'quota_period', 'license_grant', 'hold'];
const READ_AT_MOST = 100;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  const { prisma } = database;
  await leaveUnanalysed(prisma, TABLES);
  await prisma.$executeRaw`INSERT INTO account (id, email) VALUES (gen_random_uuid(), 'a@test')`;
  await prisma.$executeRaw`
    INSERT INTO license (id, account_id, plan, state)
    SELECT gen_random_uuid(), (SELECT id FROM account), 'vip', 'active'
    FROM generate_series(1, ${LICENSES}::int)`;
  await prisma.$executeRaw`
    INSERT INTO quota_period (license_id, period, provider, plan_limit, addon_limit, highest_limit, used)
    SELECT id, '2026-11', provider, 10, 0, 10, 9
    FROM license, unnest(ARRAY['openai', 'openrouter']) provider`;
  await prisma.$executeRaw`
    INSERT INTO license_grant (id, license_id, provider, units, entitled, state, lasts, source,
      minimum_plan)
    SELECT gen_random_uuid(), id, 'openai', 10, 10, 'active', 'until-used', 'administrator', 'basic'
    FROM license`;
  await prisma.$executeRaw`
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at, ended_at)
    SELECT sahm_first_id(now() - interval '1 hour' - row_number() OVER () * interval '1 ms'), id,
      'openai', '2026-11', 1, 'posted', 'x', now(), now(), now()
    FROM license, generate_series(1, 5)`;
});
afterAll(() => database.close());

test.each(['never analysed', 'analysed'])('a run reads only new rows: %s', async how => {
  const { prisma } = database;
  if (how === 'analysed') await prisma.$executeRaw`ANALYZE`;
  const notices = createNoticeStore(prisma, null);
  await notices.find(1_000);
  await prisma.$executeRaw`UPDATE notice_cursor SET after = sahm_first_id(now() - interval '1 minute')`;
  const license = await prisma.license.findFirst({
    orderBy: { id: how === 'analysed' ? 'desc' : 'asc' },
  });
  await prisma.$executeRaw`
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at, ended_at)
    VALUES (${uuidv7()}::uuid, ${license?.id}::uuid, 'openrouter', '2026-11', 1, 'posted', 'x', now(),
      now(), now())`;
  const before = await rowsRead(prisma, TABLES);
  expect((await notices.find(1_000)).allowances).toBe(1);
  const after = await rowsRead(prisma, TABLES);
  expect(readMoreThan(READ_AT_MOST, before, after)).toEqual([]);
});
