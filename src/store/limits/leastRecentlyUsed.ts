import { LRUCache } from 'lru-cache';

/**
 * A cache of at most so many entries. Its memory grows with them: with the library's `max`, it would be that of a full
 * one from the start, which is megabytes for a hundred thousand. `ttl` in milliseconds; without it, entries do not age.
 */
export function leastRecentlyUsed<Value extends object | number | boolean>(
  most: number,
  ttl = 0,
): LRUCache<string, Value> {
  return new LRUCache({ maxSize: most, sizeCalculation: () => 1, ttl });
}
