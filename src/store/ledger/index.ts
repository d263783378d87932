// The ledger: hold, then post or void; what nobody ends expires. Every call waits for its commit.

import type { Catalog } from '../../domain/catalog.js';
import type { Usage } from '../../domain/quota.js';
import type { PrismaClient } from '../generated/client.js';
import { groupCommit } from './groupCommit.js';
import { type HoldResult, type HoldWant, holdBatch } from './hold.js';
import { expireBatch, type SettleResult, type SettleWant, settleBatch } from './settle.js';
import { openPeriods, readUsage } from './usage.js';

export { OverloadedError } from './groupCommit.js';
export type { HoldResult, HoldWant, SettleResult, SettleWant };

export interface Ledger {
  hold(want: HoldWant): Promise<HoldResult>;
  settle(want: SettleWant): Promise<SettleResult>;
  /** Ends pending holds whose lease is over, in bounded batches; gives how many. */
  expireDue(): Promise<number>;
  usage(licenseId: string): Promise<Usage>;
}

export interface LedgerSettings {
  /** Months begin at midnight in this IANA zone. */
  timeZone: string;
  leaseMs: number;
  /** Callers that one statement serves at most; 1 turns the group commit off, for comparison. */
  batchSize?: number;
  /** Told how many callers a statement serves. */
  onBatch?: ((kind: 'hold' | 'settle', size: number) => void) | undefined;
}

const EXPIRED_AT_ONCE = 500;

/** `catalog` is asked at each use, because it can be reloaded. */
export function createLedger(
  prisma: PrismaClient,
  catalog: () => Catalog,
  { timeZone, leaseMs, batchSize = 256, onBatch }: LedgerSettings,
): Ledger {
  const holdSettings = {
    timeZone,
    leaseMs,
    openPeriods: (licenseIds: string[], period: string) =>
      openPeriods(prisma, catalog(), licenseIds, period),
  };
  return {
    hold: groupCommit(
      (wants: HoldWant[]) => {
        onBatch?.('hold', wants.length);
        return holdBatch(prisma, wants, holdSettings);
      },
      { most: batchSize },
    ),
    settle: groupCommit(
      (wants: SettleWant[]) => {
        onBatch?.('settle', wants.length);
        return settleBatch(prisma, wants, timeZone);
      },
      { most: batchSize },
    ),
    async expireDue() {
      let total = 0;
      for (;;) {
        const expired = await expireBatch(prisma, EXPIRED_AT_ONCE);
        total += expired;
        if (expired < EXPIRED_AT_ONCE) return total;
      }
    },
    usage: licenseId => readUsage(prisma, catalog(), licenseId, timeZone),
  };
}
