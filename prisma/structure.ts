// Describes those parts of the current database that schema.prisma cannot express. It reads them from the
// catalogue of a database with all migrations, and their comments from the migrations' texts.

import type { Migration } from '../src/store/database/migrations.js';
import type { SchemaSession } from '../src/store/database/schemaSession.js';
import { commentsAbove, functionTexts } from './writtenTexts.js';

const HEAD = `-- What the database is now, beside its tables in schema.prisma: the functions with the comments of the
-- migrations that wrote them last, types, triggers, CHECKs, partial indexes, and how tables are stored.
--
-- Made by \`npm run structure\` from the migrations, to be read; nothing reads it at run time. It is changed
-- by a migration: \`npm run migration -- <name> <function>\` begins one with a function's text. A test
-- compares it with the database.
--
-- The ledger's acts are functions because planning costs more than running them: PL/pgSQL plans a statement
-- once a session. That one plan must be right for every size of the tables, also when it was made while they
-- were empty. So every table is asked by its keys alone, what decides besides them is compared after the rows
-- are read, and the planner's other ways are switched off.
--
-- Rows are locked in one order everywhere, so that replicas cannot deadlock: holds (each ended by one
-- caller, or skipped), then named_key_month by (named key, period, provider), then quota_period by (license,
-- period, provider), then license_grant by id.`;

/** The ledger's functions and those that they call, in reading order. All other functions follow by name. */
const FIRST = [
  'sahm_month',
  'sahm_month_ends',
  'sahm_entitled',
  'sahm_open_periods',
  'sahm_hold_own',
  'sahm_hold_any',
  'sahm_hold_named',
  'sahm_hold_once',
  'sahm_hold_once_named',
  'sahm_settle',
  'sahm_settle_kept',
  'sahm_expire',
  'sahm_expire_free',
  'sahm_count_ended',
  'sahm_counters_in',
  'sahm_counters',
];

/**
 * Each query returns rows with a `line`, sorted by `subject` first. Above it stands the comment on `name`.
 */
const SECTIONS: Array<[title: string, query: string]> = [
  [
    'Types',
    `SELECT typname AS subject, typname AS name, format('CREATE TYPE %s AS (%s);', typname, (
       SELECT string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', '
         ORDER BY attnum)
       FROM pg_attribute WHERE attrelid = typrelid AND NOT attisdropped)) AS line
     FROM pg_type JOIN pg_class ON pg_class.oid = typrelid AND relkind = 'c'
     WHERE typnamespace = current_schema()::regnamespace
     UNION ALL
     SELECT typname, typname, format('CREATE TYPE %s AS ENUM (%s);', typname, (
       SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
       FROM pg_enum WHERE enumtypid = pg_type.oid))
     FROM pg_type WHERE typtype = 'e' AND typnamespace = current_schema()::regnamespace`,
  ],
  [
    'Triggers',
    `SELECT tgname AS subject, tgname AS name, pg_get_triggerdef(pg_trigger.oid, true) || ';' AS line
     FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
     WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace`,
  ],
  [
    'Checks',
    `SELECT relname AS subject, NULL AS name, format(E'ALTER TABLE %s ADD CONSTRAINT %s\\n  %s;', relname, conname,
       pg_get_constraintdef(pg_constraint.oid, true)) AS line
     FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
     WHERE contype = 'c' AND connamespace = current_schema()::regnamespace`,
  ],
  [
    'Indexes over some rows, or over expressions',
    `SELECT tables.relname AS subject, indexes.relname AS name,
       pg_get_indexdef(indexrelid, 0, true) || ';' AS line
     FROM pg_index JOIN pg_class indexes ON indexes.oid = indexrelid
     JOIN pg_class tables ON tables.oid = indrelid
     WHERE (indpred IS NOT NULL OR indexprs IS NOT NULL)
       AND tables.relnamespace = current_schema()::regnamespace`,
  ],
  [
    'How tables are stored',
    `SELECT relname AS subject, NULL AS name, format('ALTER TABLE %s SET (%s);', relname,
       array_to_string(reloptions, ', ')) AS line
     FROM pg_class WHERE reloptions IS NOT NULL AND relnamespace = current_schema()::regnamespace
     UNION ALL
     SELECT relname, NULL, format('ALTER TABLE %s ALTER COLUMN %s SET STORAGE %s;', relname, attname,
       CASE attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
         WHEN 'x' THEN 'EXTENDED' END)
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r'
     JOIN pg_type ON pg_type.oid = atttypid
     WHERE attnum > 0 AND attstorage <> typstorage AND relnamespace = current_schema()::regnamespace`,
  ],
];

/** The text of prisma/structure.sql. `migrations` are those that the session's database has. */
export async function describeStructure(
  session: SchemaSession,
  migrations: Migration[],
): Promise<string> {
  const functions = await currentFunctions(session, migrations);
  const comments = commentsAbove(migrations);
  const parts = [HEAD, heading('Functions'), ...functions.map(({ text }) => text)];
  for (const [title, query] of SECTIONS) {
    const rows = await session.query<{ name: string | null; line: string }>(
      `SELECT name::text, line FROM (${query}) AS section
       ORDER BY subject COLLATE "C", line COLLATE "C"`,
    );
    const lines = rows.map(({ name, line }) => (comments.get(name ?? '') ?? '') + line);
    if (lines.length > 0) parts.push(heading(title), lines.join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

export interface CurrentFunction {
  name: string;
  text: string;
}

/** The functions that exist, in the text of their newest migration and in reading order. */
export async function currentFunctions(
  session: SchemaSession,
  migrations: Migration[],
): Promise<CurrentFunction[]> {
  const texts = functionTexts(migrations);
  const rows = await session.query<{ name: string; body: string }>(
    `SELECT proname::text AS name, prosrc AS body FROM pg_proc
     WHERE pronamespace = current_schema()::regnamespace
     ORDER BY coalesce(array_position($1::text[], proname::text), cardinality($1::text[]) + 1),
       proname COLLATE "C", pg_get_function_identity_arguments(oid) COLLATE "C"`,
    [FIRST],
  );
  return rows.map(({ name, body }) => {
    const found = texts.find(text => text.name === name && text.body === body);
    if (!found) {
      throw new Error(`no migration has the function ${name} as the database has it, AS $$ ... $$`);
    }
    return { name, text: found.text };
  });
}

function heading(title: string): string {
  return `-- ${title} ${'-'.repeat(100 - title.length)}`;
}
