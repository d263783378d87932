// The ledger: hold, then post or void; what nobody ends expires. Every call waits for its commit.

import { randomBytes } from 'node:crypto';
import type { Catalog } from '../../domain/catalog.js';
import type { Usage } from '../../domain/quota.js';
import { inBatches } from '../batches.js';
import type { Queries } from '../directQueries.js';
import type { PrismaClient } from '../generated/client.js';
import { groupCommit } from './groupCommit.js';
import { type HoldResult, type HoldWant, holdBatch } from './hold.js';
import { type ClaimedBy, holdOnce, type Idempotency, type OnceWant } from './holdOnce.js';
import { createReplySeal } from './replySeal.js';
import { expireBatch, type SettleResult, type SettleWant, settleBatch } from './settle.js';
import { type KeptReply, settleAlone } from './settleAlone.js';
import { openPeriods, readUsage } from './usage.js';

export { OverloadedError } from './groupCommit.js';
export type { ClaimedBy, HoldResult, HoldWant, Idempotency, KeptReply, SettleResult, SettleWant };

export interface Ledger {
  hold(want: HoldWant): Promise<HoldResult>;
  /** The same for a request with an Idempotency-Key, which is claimed with the hold. */
  holdOnce(want: OnceWant): Promise<HoldResult | ClaimedBy>;
  /** `kept`: the reply that is kept with the post, for an Idempotency-Key. */
  settle(want: SettleWant, kept?: KeptReply): Promise<SettleResult>;
  /** Ends pending holds whose lease is over, in bounded batches; gives how many. */
  expireDue(): Promise<number>;
  usage(licenseId: string): Promise<Usage>;
}

export interface LedgerSettings {
  /** Months begin at midnight in this IANA zone. */
  timeZone: string;
  leaseMs: number;
  /** The shorter way to the database; without it, Prisma's. */
  queries?: Queries;
  /** The same for batches. */
  pipelined?: Queries;
  /** Callers that one statement serves at most; 1 turns the group commit off, for comparison. */
  batchSize?: number;
  /** Told how many callers a statement serves. */
  onBatch?: ((kind: 'hold' | 'settle', size: number) => void) | undefined;
  /** 32 bytes, for kept replies; without it they are readable only until the process ends. */
  encryptionKey?: Buffer;
}

const EXPIRED_AT_ONCE = 500;
/** Holds with an Idempotency-Key are a statement each: so many of a replica at a time. */
const CLAIMED_AT_ONCE = 4;

/** `catalog` is asked at each use, because it can be reloaded. */
export function createLedger(
  prisma: PrismaClient,
  catalog: () => Catalog,
  settings: LedgerSettings,
): Ledger {
  const { timeZone, leaseMs, onBatch, queries = prisma, pipelined = queries } = settings;
  const { batchSize = 256, encryptionKey = randomBytes(32) } = settings;
  const holdSettings = {
    timeZone,
    leaseMs,
    openPeriods: (licenseIds: string[], period: string) =>
      openPeriods(prisma, catalog(), licenseIds, period),
  };
  const seal = createReplySeal(encryptionKey);
  const settleTogether = groupCommit(
    (wants: SettleWant[]) => {
      onBatch?.('settle', wants.length);
      return settleBatch(pipelined, wants, timeZone);
    },
    { most: batchSize },
  );
  return {
    hold: groupCommit(
      (wants: HoldWant[]) => {
        onBatch?.('hold', wants.length);
        return holdBatch(pipelined, wants, holdSettings);
      },
      { most: batchSize },
    ),
    holdOnce: groupCommit(
      (wants: OnceWant[]) =>
        Promise.all(wants.map(want => holdOnce(queries, want, holdSettings, seal))),
      { most: CLAIMED_AT_ONCE },
    ),
    settle: (want, kept) =>
      kept || want.answeredBy !== undefined
        ? settleAlone(prisma, want, kept, timeZone, seal)
        : settleTogether(want),
    expireDue: () =>
      inBatches(Number.POSITIVE_INFINITY, limit => expireBatch(queries, limit), EXPIRED_AT_ONCE),
    usage: licenseId => readUsage(queries, catalog(), licenseId, timeZone),
  };
}
