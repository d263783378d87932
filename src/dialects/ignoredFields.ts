// Names the fields of a request that the dialect does not read, each with the field that the client probably meant.

import { distance } from 'fastest-levenshtein';
import { maskSecrets } from '../domain/secretForms.js';

/** Further fields are only counted. */
const MOST_NAMED = 20;
/** A name that may stand in a header and cannot be a license key. */
const NAME = /^[A-Za-z_][\w.:-]{0,40}$/;
/** Two words with more differences are no misspelling of each other. */
const MOST_SLIPS = 2;

/**
 * The fields that are not in `known`, such as `image;use=image_url, temperature`. `meant` maps other names to the
 * fields that people mean by them, or to undefined if they mean none of ours. Null if all fields are known.
 */
export function nameIgnored(
  body: object,
  known: readonly string[],
  meant: Readonly<Record<string, string | undefined>>,
): string | null {
  return listIgnored(
    Object.keys(body).filter(name => !known.includes(name)),
    name => meantBy(name, known, meant),
  );
}

/** The field that people mean by a name that is not in `known`; undefined if they mean none of these. */
export function meantBy(
  name: string,
  known: readonly string[],
  meant: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(meant, lower) ? meant[lower] : nearest(name, known);
}

/** The same for names that are known to be ignored. `meantBy` returns the field that people mean by a name. */
export function listIgnored(
  ignored: readonly string[],
  meantBy: (name: string) => string | undefined = () => undefined,
): string | null {
  if (ignored.length === 0) return null;
  const named = ignored
    .filter(name => NAME.test(name) && maskSecrets(name) === name)
    .slice(0, MOST_NAMED)
    .map(name => {
      const probable = meantBy(name);
      return probable === undefined ? name : `${name};use=${probable}`;
    });
  const rest = ignored.length - named.length;
  return [...named, ...(rest > 0 ? [`others;count=${rest}`] : [])].join(', ');
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  return known
    .map(candidate => ({ candidate, slips: distance(lower, candidate) }))
    .filter(({ candidate, slips }) => slips <= Math.min(MOST_SLIPS, candidate.length / 3))
    .sort((one, other) => one.slips - other.slips)[0]?.candidate;
}
