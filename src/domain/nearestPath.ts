// What a path that does not exist probably means.

import { distance } from 'fastest-levenshtein';

/** With more edits it means something else: in a long path more slips are made. */
const mostEdits = (path: string) => Math.max(3, Math.floor(path.length / 4));
/** Shorter ends are those of too many paths. */
const SHORTEST_END = 6;
/** No path of ours is longer, and no more of a caller's is compared. */
const MOST_CHARACTERS = 200;

/** Other services have these paths below others, such as `/openai/deployments/{model}`. */
const VERSION = /^\/v1(?=\/)/;

/** Slashes that came twice, which clients make when they join a base URL and a path, count once. */
export function withSingleSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/');
}

/** The path in `known` that it ends with, or that ends with it, or that it mistypes; null where none does. */
export function nearestPath(path: string, known: string[]): string | null {
  const asked = withSingleSlashes(path.slice(0, MOST_CHARACTERS)).toLowerCase().replace(/\/$/, '');
  const isEnd = (of: string, end: string) => end.length >= SHORTEST_END && of.endsWith(end);
  const sameEnd = known.filter(one => isEnd(asked, one.replace(VERSION, '')) || isEnd(one, asked));
  const apart = (one: string) => Math.abs(one.length - asked.length);
  const [closest] = sameEnd.sort((a, b) => apart(a) - apart(b));
  if (closest !== undefined) return closest;
  const edits = known.map(one => ({ one, count: distance(asked, one) }));
  const [nearest] = edits.sort((a, b) => a.count - b.count);
  return nearest && nearest.count <= mostEdits(asked) ? nearest.one : null;
}
