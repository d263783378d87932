// Fills values into a text.

import type { Plural, Text } from './files.js';

/** Numbers are written in the language's way. */
export type Values = Record<string, string | number>;

/** Isolates a Latin name in a Persian sentence, and the reverse, so that the words around it keep their places. */
const ISOLATE = '\u2068';
const END_OF_ISOLATE = '\u2069';

/** A name, a path or an address, as `data:image/png;base64,...` too. */
const LATIN_NAME = String.raw`\/?[a-z](?:[\w./:@;,-]*\w)?(?:,\.{3})?`;
const LATIN_NAMES = new RegExp(`${LATIN_NAME}(?: ${LATIN_NAME})*`, 'gi');

/** The same for the Latin names in a text that the service has said. */
export function withNamesIsolated(text: string): string {
  return text.replace(LATIN_NAMES, name => `${ISOLATE}${name}${END_OF_ISOLATE}`);
}

export function say(text: Text, locale: string, values: Values = {}): string {
  const chosen = typeof text === 'string' ? text : pluralForm(text, locale, values);
  return chosen.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) return placeholder;
    if (typeof value === 'string') return `${ISOLATE}${value}${END_OF_ISOLATE}`;
    return new Intl.NumberFormat(locale).format(value);
  });
}

function pluralForm(plural: Plural, locale: string, { count }: Values): string {
  const category = new Intl.PluralRules(locale).select(Number(count));
  return plural[category] ?? plural.other;
}
