// Prisma's own schema engine, compiled to WebAssembly: it applies the migrations and writes new ones
// in this process, so that no native engine has to be downloaded.

import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';

// Node has it; TypeScript declares it only together with a browser's globals.
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

/** The migrations on disk in the order in which they apply, with their SQL. */
export async function readMigrations(
  prismaDir: string,
): Promise<Array<{ name: string; sql: string }>> {
  const baseDir = join(prismaDir, 'migrations');
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  return Promise.all(
    names.sort().map(async name => ({
      name,
      sql: await readFile(join(baseDir, name, 'migration.sql'), 'utf8'),
    })),
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

/** Applies what is not applied yet, as `prisma migrate deploy` does; gives the names applied now. */
export async function applyMigrations(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  prismaDir: string,
): Promise<string[]> {
  const engine = await loadEngine(adapter, prismaDir);
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: await migrationsList(prismaDir),
      filters: NO_FILTERS,
    });
    return appliedMigrationNames;
  } finally {
    engine.free();
  }
}

/** The SQL that leads from the migrations to schema.prisma; a comment only when they agree. */
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
