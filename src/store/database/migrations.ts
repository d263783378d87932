// The migrations on disk.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './projectRoot.js';

export const PRISMA_DIR = join(projectRoot, 'prisma');

export interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, in the form in which Prisma records it. */
  checksum: string;
  /** Parts that each run in a transaction. All but the last may run more than once. */
  steps: string[];
}

/** The migrations in the order in which they apply. */
export async function readMigrations(prismaDir: string): Promise<Migration[]> {
  const folder = join(prismaDir, 'migrations');
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  return Promise.all(
    names.sort().map(async name => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name, sql, checksum, steps: stepsOf(sql) };
    }),
  );
}

/** A migration that older releases cannot work with says so in its name. */
export function isBreaking(name: string): boolean {
  return /_breaking$/.test(name);
}

/**
 * A script that must not keep all its locks until its end has BEGIN and COMMIT on lines of their own. It is
 * cut there, so that its last part can be committed together with the record that it is done. If the process
 * dies between two parts, all of it runs again, so the earlier parts must tolerate that.
 */
function stepsOf(sql: string): string[] {
  const steps = sql.split(/^(?:BEGIN|COMMIT);\s*$/m).filter(hasStatements);
  return steps.length > 0 ? steps : [sql];
}

function hasStatements(step: string): boolean {
  return step.replace(/^\s*--.*$/gm, '').trim() !== '';
}
