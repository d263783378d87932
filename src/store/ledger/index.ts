// The ledger: hold, then post or void; what nobody ends expires. Every call waits for its commit.

import { randomBytes } from 'node:crypto';
import type { Catalog } from '../../domain/catalog.js';
import { mayBeDone } from '../../domain/databaseFault.js';
import type { Usage } from '../../domain/quota.js';
import { inBatches } from '../database/batches.js';
import type { Queries } from '../database/directQueries.js';
import type { PrismaClient } from '../generated/client.js';
import { createSeal } from '../secrets/seal.js';
import { groupCommit, oneByOne } from './groupCommit.js';
import { type HoldResult, type HoldWant, holdBatch } from './hold.js';
import { type ClaimedBy, holdOnce, type Idempotency, type OnceWant } from './holdOnce.js';
import { expireBatch, type SettleResult, type SettleWant, settleBatch } from './settle.js';
import { type KeptReply, type KeptWant, settleKept } from './settleKept.js';
import { openPeriods, readUsage } from './usage.js';

export { OverloadedError } from './groupCommit.js';
export type { ClaimedBy, HoldResult, HoldWant, Idempotency, KeptReply, SettleResult, SettleWant };

export interface Ledger {
  hold(want: HoldWant): Promise<HoldResult>;
  /** The same for a request with an Idempotency-Key, which is claimed with the hold. */
  holdOnce(want: OnceWant): Promise<HoldResult | ClaimedBy>;
  /**
   * `kept`: the reply that is kept with the post, for an Idempotency-Key. What it throws may be done where
   * `mayBeDone` says so.
   */
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
/** Requests with an Idempotency-Key are a statement each: so many licenses of a replica at a time. */
const KEYED_AT_ONCE = 3;
/** A settling whose answer was lost after this long is not tried again: the caller has waited enough. */
const LOST_SOON_MS = 1_000;

function licenseOf({ licenseId }: { licenseId: string }): string {
  return licenseId;
}

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
      openPeriods(queries, catalog(), licenseIds, period),
  };
  const seal = createSeal(encryptionKey);
  const readUsageOf = (licenseId: string) => readUsage(queries, catalog(), licenseId, timeZone);
  const settleTogether = groupCommit(
    (wants: SettleWant[]) => {
      onBatch?.('settle', wants.length);
      return settleSurely(wants, () => settleBatch(pipelined, wants, timeZone));
    },
    {
      most: batchSize,
      apart: {
        licenseOf,
        commit: wants => settleSurely(wants, () => settleBatch(queries, wants, timeZone)),
      },
    },
  );
  const settleOneKept = oneByOne(
    licenseOf,
    async (want: KeptWant) => {
      const act = async () => [await settleKept(queries, want, timeZone, seal)];
      const [settled] = await settleSurely([want], act);
      return settled as SettleResult;
    },
    KEYED_AT_ONCE,
  );

  /** Where only the answer was lost, the holds say how they ended. */
  async function settleSurely(
    wants: SettleWant[],
    act: () => Promise<SettleResult[]>,
  ): Promise<SettleResult[]> {
    const begunAt = performance.now();
    try {
      return await act();
    } catch (error) {
      if (!mayBeDone(error) || performance.now() - begunAt > LOST_SOON_MS) throw error;
      const again = await act().catch(() => {
        throw error;
      });
      return Promise.all(
        wants.map((want, index) => unlessDoneBefore(want, again[index] as SettleResult)),
      );
    }
  }

  /** That it had ended as wanted already is what the lost answer said. */
  async function unlessDoneBefore(want: SettleWant, settled: SettleResult): Promise<SettleResult> {
    if (settled.kind === 'ended' || settled.state !== want.outcome) return settled;
    return { kind: 'ended', usage: await readUsageOf(want.licenseId) };
  }

  return {
    hold: groupCommit(
      (wants: HoldWant[]) => {
        onBatch?.('hold', wants.length);
        return holdBatch(pipelined, wants, holdSettings);
      },
      {
        most: batchSize,
        apart: { licenseOf, commit: wants => holdBatch(queries, wants, holdSettings) },
      },
    ),
    holdOnce: oneByOne(
      licenseOf,
      (want: OnceWant) => holdOnce(queries, want, holdSettings, seal),
      KEYED_AT_ONCE,
    ),
    settle: (want, kept) => (kept ? settleOneKept({ ...want, kept }) : settleTogether(want)),
    expireDue: () =>
      inBatches(Number.POSITIVE_INFINITY, limit => expireBatch(queries, limit), EXPIRED_AT_ONCE),
    usage: readUsageOf,
  };
}
