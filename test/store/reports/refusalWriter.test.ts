import { expect, test } from '@jest/globals';
import { v7 as newId } from 'uuid';
import { DatabaseError } from '../../../src/store/database/directQueries.js';
import type { PrismaClient } from '../../../src/store/generated/client.js';
import {
  createRefusalWriter,
  KEPT_REFUSALS,
  type NotedRefusal,
} from '../../../src/store/reports/refusalWriter.js';

/** A database that keeps how many rows each statement wrote, and by which keys. */
function setUp() {
  const written: string[][] = [];
  const lost: Record<string, number> = {};
  let removed = 0;
  const database = { isAway: false };
  const prisma = {
    async $queryRaw(_query: unknown, ...values: unknown[]) {
      if (database.isAway) throw new DatabaseError(new Error('the connection broke'));
      const rows = values.find(value => typeof value === 'string') ?? '[]';
      const keys = (JSON.parse(rows) as Array<{ digest: string }>).map(({ digest }) => digest);
      written.push(keys);
      return [...new Set(keys)].map(licenseId => ({
        licenseId,
        count: keys.filter(key => key === licenseId).length,
      }));
    },
    async $executeRaw() {
      removed += 1;
      return 0;
    },
  };
  const writer = createRefusalWriter(prisma as unknown as PrismaClient, {
    digestOf: key => new TextEncoder().encode(key),
    notKept: (why, count) => {
      lost[why] = (lost[why] ?? 0) + count;
    },
  });
  const note = (key: string, more: Partial<NotedRefusal> = {}) =>
    writer.note({
      requestId: newId(),
      key,
      isKnown: true,
      dialect: 'openai',
      provider: null,
      model: null,
      code: 'conflict',
      reason: 'conflict',
      parameters: {},
      ...more,
    });
  return { writer, note, written, lost, database, removed: () => removed };
}

const hex = (key: string) => Buffer.from(key).toString('hex');

test('a flood of one license is cut off and counted, and takes no other license’s place', async () => {
  const { writer, note, written, lost } = setUp();
  for (let count = 0; count < 5_000; count++) note('flood');
  note('other');
  await writer.flush();
  const [keys = []] = written;
  expect(keys.filter(key => key === hex('other'))).toHaveLength(1);
  expect(keys.length).toBeLessThan(200);
  expect(lost.too_many_of_a_license).toBe(5_001 - keys.length);
});

test('refusals of unknown keys leave room for those of known ones', async () => {
  const { writer, note, written, lost } = setUp();
  for (let count = 0; count < 5_000; count++) note(`guess ${count}`, { isKnown: false });
  note('known');
  await writer.flush();
  expect(written[0]).toContain(hex('known'));
  expect(lost.too_many).toBe(5_001 - (written[0]?.length ?? 0));
});

test('rows that could not be written are written when the database is back, each once', async () => {
  const { writer, note, written, lost, database } = setUp();
  database.isAway = true;
  note('one');
  await writer.flush();
  note('other');
  database.isAway = false;
  await writer.close();
  await writer.flush();
  expect(written.flat().sort()).toEqual([hex('one'), hex('other')].sort());
  expect(lost).toEqual({});
});

test('older rows of a license are removed while it goes on', async () => {
  const { writer, note, removed } = setUp();
  for (let count = 0; count < 100; count++) note('often');
  await writer.flush();
  expect(removed()).toBe(1);
  expect(KEPT_REFUSALS).toBe(1_000);
});
