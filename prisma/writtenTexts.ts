// Finds texts in the migrations that the database does not keep: a function's comments and the form of its
// head (it only keeps the body), and an index's comments.

import type { Migration } from '../src/store/database/migrations.js';

export interface FunctionText {
  name: string;
  /** The text between the dollar signs, which the catalogue has as `prosrc`. */
  body: string;
  /** The comment directly above, and the statement, always as CREATE OR REPLACE. */
  text: string;
}

const FUNCTION =
  /^((?:--.*\n)*)CREATE (?:OR REPLACE )?FUNCTION ((\w+)\([\s\S]*?AS \$\$([\s\S]*?)\$\$[^;$]*;)/gm;
const COMMENTED =
  /^((?:--.*\n)+)CREATE (?:TYPE|(?:CONSTRAINT )?TRIGGER|(?:UNIQUE )?INDEX) "?(\w+)/gm;

/** Every function definition in the migrations, the newest first. */
export function functionTexts(migrations: Migration[]): FunctionText[] {
  return migrations
    .flatMap(({ sql }) => [...sql.matchAll(FUNCTION)])
    .map(([, comment = '', statement = '', name = '', body = '']) => ({
      name,
      body,
      text: `${comment}CREATE OR REPLACE FUNCTION ${statement}`,
    }))
    .reverse();
}

/** The comments directly above indexes, types and triggers, by name; only the newest of each. */
export function commentsAbove(migrations: Migration[]): Map<string, string> {
  const found = migrations.flatMap(({ sql }) => [...sql.matchAll(COMMENTED)]);
  return new Map(found.map(([, comment = '', name = '']) => [name, comment]));
}
