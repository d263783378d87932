// What the migrations say in words: the catalogue keeps a function's body as it was written, but neither
// its comments nor the form of its head, and of an index nothing but what it is.

import type { Migration } from '../src/store/database/migrations.js';

export interface FunctionText {
  name: string;
  /** What stands between the dollar signs: the catalogue's `prosrc`. */
  body: string;
  /** The comment directly above it, and the statement, always as CREATE OR REPLACE. */
  text: string;
}

const FUNCTION =
  /^((?:--.*\n)*)CREATE (?:OR REPLACE )?FUNCTION ((\w+)\([\s\S]*?AS \$\$([\s\S]*?)\$\$[^;$]*;)/gm;
const COMMENTED =
  /^((?:--.*\n)+)CREATE (?:TYPE|(?:CONSTRAINT )?TRIGGER|(?:UNIQUE )?INDEX) "?(\w+)/gm;

/** Every definition in the migrations, the newest first. */
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

/** The comments directly above indexes, types and triggers, by their names; the newest of each. */
export function commentsAbove(migrations: Migration[]): Map<string, string> {
  const found = migrations.flatMap(({ sql }) => [...sql.matchAll(COMMENTED)]);
  return new Map(found.map(([, comment = '', name = '']) => [name, comment]));
}
