// An upgrade while chats run and somebody reads (a dump, a forgotten psql). READER_MS=120000: a long run.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Client } from 'pg';
import { migrate } from '../../src/store/database/migrate.js';
import { type Migration, readMigrations } from '../../src/store/database/migrations.js';
import { withSession } from '../../src/store/database/preparePostgres.js';
import { keepAsking, type Load, openClients, slowestMs, summary } from '../harness/load.js';
import { openSite } from '../harness/site.js';

const READER_MS = Number(process.env.READER_MS ?? 8_000);
const TIMEOUT_MS = 180_000 + 2 * READER_MS;
const CLIENTS = 6;

/** Locks exclusively the tables that every chat needs. */
const CHANGE = ['license', 'license_key', 'quota_period', 'hold']
  .map(table => `ALTER TABLE "${table}" ADD COLUMN test_note text;`)
  .join('\n');
const LATER: Migration = {
  name: '29991231000000_later',
  sql: CHANGE,
  checksum: '',
  steps: [CHANGE],
};

test(
  `an upgrade while a reader is open for ${READER_MS} ms: no chat fails, and none waits for the reader`,
  async () => {
    const site = await openSite({ database: 'postgres' });
    const clients = openClients();
    const url = site.databaseUrl as string;
    const reader = new Client({ connectionString: url });
    await reader.connect();
    let load: Load | undefined;
    try {
      const [service] = await site.start();
      const { key } = await site.issue('pro', { openrouter: 1_000_000 });
      load = keepAsking(clients, CLIENTS, () => service && { url: service.url, key });
      await load.untilSeen(20);
      await reader.query('BEGIN; SELECT count(*) FROM hold; SELECT count(*) FROM license');

      const told: string[] = [];
      const migrations = [...(await readMigrations('prisma')), LATER];
      let isDone = false;
      const upgrade = withSession({ connectionString: url }, session =>
        migrate(session, migrations, text => told.push(text)),
      ).finally(() => {
        isDone = true;
      });
      await sleep(READER_MS);
      expect(isDone).toBe(false);
      expect(told).toEqual([expect.stringMatching(/waits until nobody reads .*process \d+/)]);
      await reader.query('COMMIT');
      expect(await upgrade).toEqual([LATER.name]);
      await load.untilSeen(20);
      const history = await load.stop();

      const slowest = slowestMs(history);
      console.log(`reader ${READER_MS} ms: ${summary(history)}; slowest ${slowest} ms`);
      expect(summary(history)).toBe(`200: ${history.length}`);
      expect(slowest).toBeLessThan(READER_MS / 2);
    } finally {
      await load?.stop();
      await clients.close();
      await reader.end();
      await site.close();
    }
  },
  TIMEOUT_MS,
);
