import { useQuery } from '@tanstack/react-query';
import type { NamedKey } from './namedKey.js';

/** Where the named keys of a license are read. */
export interface KeyList {
  /** Identifies the license among the queries. */
  queryKey: unknown[];
  read(cursor: { cursor?: string }): Promise<{ keys: NamedKey[]; next_cursor: string | null }>;
}

export function useNamedKeys(list: KeyList) {
  return useQuery({ queryKey: list.queryKey, queryFn: () => readAll(list) });
}

/** A license has at most a hundred that are not withdrawn. */
async function readAll({ read }: KeyList): Promise<NamedKey[]> {
  const keys: NamedKey[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof read>> = await read(cursor === null ? {} : { cursor });
    keys.push(...page.keys);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return keys;
}
