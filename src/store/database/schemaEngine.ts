// Prisma's own schema engine, compiled to WebAssembly. It compares the migrations with the schema in this
// process, so no native engine has to be downloaded. The service itself runs without it.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import { readMigrations } from './migrations.js';

// Node has it, but TypeScript declares it only together with a browser's globals.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: WasmInstance }>;
};
interface WasmInstance {
  exports: Record<string, unknown>;
}

const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** Loads the engine for the database behind `adapter`. `prismaDir` holds schema.prisma and migrations/. */
async function loadEngine(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  prismaDir: string,
): Promise<SchemaEngine> {
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const engineFile = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(join(engineFile, '..', 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': bindings,
  });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  const schema = await readFile(join(prismaDir, 'schema.prisma'), 'utf8');
  return bindings.SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
}

async function migrationsList(prismaDir: string): Promise<MigrationList> {
  const migrations = await readMigrations(prismaDir);
  const lockfile = join(prismaDir, 'migrations', 'migration_lock.toml');
  return {
    baseDir: join(prismaDir, 'migrations'),
    lockfile: { path: 'migration_lock.toml', content: await readFile(lockfile, 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  };
}

/** The SQL that leads from the migrations to schema.prisma; only a comment where they agree. */
export async function diffMigrationsToSchema(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  prismaDir: string,
): Promise<string> {
  const engine = await loadEngine(adapter, prismaDir);
  try {
    const schema = await readFile(join(prismaDir, 'schema.prisma'), 'utf8');
    const { stdout } = await engine.diff({
      from: { tag: 'migrations', ...(await migrationsList(prismaDir)) },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: false,
      filters: NO_FILTERS,
    });
    return stdout ?? '';
  } finally {
    engine.free();
  }
}
