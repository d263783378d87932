// The addresses from which administrators signed in, in memory. A flood of strangers is refused without asking the
// database; this list keeps it from shutting out administrators.

import { networksOf } from '../../domain/network.js';
import type { PrismaClient } from '../generated/client.js';

export interface KnownAddresses {
  /** Whether this process knows the address. */
  has(address: string): boolean;
  add(address: string): void;
  /** Asks the database, unless it was asked lately. */
  refresh(): Promise<void>;
}

const REFRESH_MS = 60_000;
const MOST = 10_000;

export function createKnownAddresses(prisma: PrismaClient): KnownAddresses {
  const known = new Set<string>();
  let askedAt = Number.NEGATIVE_INFINITY;
  const add = (address: string) => void known.add(networksOf(address).own);
  return {
    has: address => known.has(networksOf(address).own),
    add,
    async refresh() {
      if (performance.now() - askedAt < REFRESH_MS) return;
      askedAt = performance.now();
      const rows = await prisma.$queryRaw<Array<{ address: string }>>`
        SELECT address FROM admin_session GROUP BY address ORDER BY max(ends_at) DESC
        LIMIT ${MOST}::int`;
      known.clear();
      for (const { address } of rows) add(address);
    },
  };
}
