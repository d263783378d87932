import { sqlStateOf } from '../../domain/databaseFault.js';
import type { Migration } from './migrations.js';
import { StartError } from './startError.js';

/** What is in the way, by SQLSTATE, and what to do. */
const ADVICE: Array<[RegExp, string]> = [
  [
    /^42(P0[67]|710|701|723)$/,
    'Something of that name is there that Sahm did not make: move it away, or give Sahm a database or a schema of its own.',
  ],
];

/** A migration was not applied. Nothing is left of the step that failed. */
export class MigrationError extends StartError {
  static of(error: unknown, migration: Migration, step: string): unknown {
    const state = sqlStateOf(error);
    // Without an SQLSTATE the connection broke, which says nothing about the migration.
    if (!state || !(error instanceof Error) || isOutside(state)) return error;
    const advice = ADVICE.find(([pattern]) => pattern.test(state))?.[1] ?? 'Fix that.';
    return new MigrationError(
      `the migration ${migration.name} was not applied, and left nothing: ${error.message} (${state}` +
        `${lineOf(error, migration, step)}). ${advice} Then start again: it is tried again by itself.`,
      { cause: error },
    );
  }
}

/** Faults of the server, the disk or the role: wherever they occur, the message says what to do. */
function isOutside(state: string): boolean {
  return /^(08|25006|28|42501|53|57|58)/.test(state);
}

/** The line of the script, where the database reports a position. It does not for every error. */
function lineOf(error: Error & { position?: string }, { sql }: Migration, step: string): string {
  if (error.position === undefined) return '';
  const at = sql.indexOf(step) + Number(error.position);
  return `, line ${sql.slice(0, at).split('\n').length} of its migration.sql`;
}
