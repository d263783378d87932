import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { applyMigrations } from './schemaEngine.js';

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
    adapter.executeScript = async script => {
      await pool.query(script);
    };
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
