// Fields of a request that the dialect does not read, named for whoever wrote them: each with the field that was
// probably meant, where there is one.

import { distance } from 'fastest-levenshtein';
import { maskSecrets } from '../domain/secretForms.js';

/** More are counted and not named. */
const MOST_NAMED = 20;
/** What may stand in a header, and cannot be a key. */
const NAME = /^[A-Za-z_][\w.:-]{0,40}$/;
/** More differs between two words than a slip of the finger. */
const MOST_SLIPS = 2;

/**
 * `image;use=image_url, temperature`: the fields that are none of `known`. `meant` says which field people mean by
 * another name. Null where all are known.
 */
export function nameIgnored(
  body: object,
  known: readonly string[],
  meant: Readonly<Record<string, string>>,
): string | null {
  return listIgnored(
    Object.keys(body).filter(name => !known.includes(name)),
    name => meant[name.toLowerCase()] ?? nearest(name, known),
  );
}

/** The same of names that are known to be ignored. `meantBy` gives the name that people mean by another. */
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
