// Finds names of variables that are none, but close to one: what was meant is then not set, and nobody says so.

import { distance } from 'fastest-levenshtein';

/** Shorter names are too easily close to something else. */
const LEAST_LENGTH = 7;
const MOST_TYPOS = 2;

/** Those of `given` that are unknown, each with the known name that was probably meant and is not given itself. */
export function closeNames(
  given: string[],
  known: string[],
): Array<{ name: string; meant: string }> {
  const unset = known.filter(name => !given.includes(name));
  return given
    .filter(name => !known.includes(name))
    .flatMap(name => {
      const wanted = name.toUpperCase();
      const [meant] = unset
        .filter(candidate => isClose(wanted, candidate))
        .sort((one, other) => distance(wanted, one) - distance(wanted, other));
      return meant === undefined ? [] : [{ name, meant }];
    });
}

function isClose(name: string, known: string): boolean {
  if (name === known) return true;
  if (known.length < LEAST_LENGTH) return false;
  return distance(name, known) <= MOST_TYPOS || hasSameWords(name, known);
}

/** `OPENROUTER_KEY` for `OPENROUTER_API_KEY`: at least two words, the first included, and one word off at most. */
function hasSameWords(name: string, known: string): boolean {
  const [words, meant] = [name.split('_'), known.split('_')];
  const shared = words.filter(word => meant.some(other => isShortFor(word, other))).length;
  return (
    words[0] === meant[0] && shared >= 2 && words.length - shared <= 1 && meant.length - shared <= 1
  );
}

/** `PASS` for `PASSWORD`, or the other way round. */
function isShortFor(one: string, other: string): boolean {
  if (Math.min(one.length, other.length) < 3) return one === other;
  return one.startsWith(other) || other.startsWith(one);
}
