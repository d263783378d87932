import type { CurrentFunction } from './structure.js';

const NOTHING_TO_DO = '-- This is an empty migration.';

/**
 * The SQL that a new migration begins with: `difference`, which leads to schema.prisma, and the text of the
 * `known` functions that are to be changed. Throws where a name is unknown.
 */
export function draftMigration(
  difference: string,
  known: CurrentFunction[],
  names: string[],
): string {
  const missing = names.filter(name => !known.some(each => each.name === name));
  if (missing.length > 0) {
    const all = known.map(({ name }) => name).join(', ');
    throw new Error(`there is no function ${missing.join(', ')}; there are ${all}`);
  }
  const texts = known.filter(({ name }) => names.includes(name)).map(({ text }) => text);
  const isEmpty = difference.trim() === NOTHING_TO_DO && texts.length > 0;
  return `${[...(isEmpty ? [] : [difference.trim()]), ...texts].join('\n\n')}\n`;
}
