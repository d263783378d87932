import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { applyMigrations } from './schemaEngine.js';

/**
 * The engine's own lock belongs to a session, and a pooler gives that session to others, who would wait
 * for good. Whoever migrates holds a lock of ours already.
 */
const ENGINE_LOCK = /^\s*SELECT pg_advisory_lock\(\d+\)\s*;?\s*$/i;

/**
 * Applies the migrations to the PostgreSQL at `url`; gives the names applied now.
 * The adapter would cut a script at every semicolon, also inside of a function: here a script goes to
 * the server whole.
 */
export async function migratePostgres(url: string, prismaDir: string): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const factory = new PrismaPg(pool);
  const whole = async (connect: Promise<Awaited<ReturnType<PrismaPg['connect']>>>) => {
    const adapter = await connect;
    const { executeRaw } = adapter;
    adapter.executeScript = async script => {
      await pool.query(script);
    };
    adapter.executeRaw = async query =>
      ENGINE_LOCK.test(query.sql) ? 0 : executeRaw.call(adapter, query);
    return adapter;
  };
  const migrating: SqlMigrationAwareDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: () => whole(factory.connect()),
    connectToShadowDb: () => whole(factory.connectToShadowDb()),
  };
  try {
    return await applyMigrations(migrating, prismaDir);
  } finally {
    await pool.end();
  }
}
