// The ledger: hold, then post or void; a hold that nobody ends expires. Every call waits for its commit.

import { randomBytes } from 'node:crypto';
import type { Catalog } from '../../domain/catalog.js';
import { mayBeDone } from '../../domain/databaseFault.js';
import type { QuotaKey } from '../../domain/provider.js';
import type { Usage } from '../../domain/quota.js';
import { inBatches } from '../database/batches.js';
import type { Queries } from '../database/directQueries.js';
import { readTogether } from '../database/readTogether.js';
import type { PrismaClient } from '../generated/client.js';
import { createSeal } from '../secrets/seal.js';
import { type ExtendWant, extendBatch, extendPatiently } from './extend.js';
import { groupCommit, oneByOne } from './groupCommit.js';
import type { HoldResult, HoldWant } from './hold.js';
import { holdAll } from './holdAll.js';
import { type ClaimedBy, holdOnce, type Idempotency, type IdempotentWant } from './holdOnce.js';
import { type BucketRoom, readRooms } from './rooms.js';
import { expireBatch, type SettleResult, type SettleWant, settleBatch } from './settle.js';
import { type KeptReply, type KeptWant, settleKept } from './settleKept.js';
import type { CounterSettings } from './sql.js';
import { type BegunTurn, beginTurn, holdInTurn } from './turns.js';
import { openPeriods, readUsage } from './usage.js';

export { OverloadedError } from './groupCommit.js';
export type {
  BegunTurn,
  BucketRoom,
  ClaimedBy,
  ExtendWant,
  HoldResult,
  HoldWant,
  Idempotency,
  KeptReply,
  SettleResult,
  SettleWant,
};

export interface Ledger {
  hold(want: HoldWant): Promise<HoldResult>;
  /** The same for a request with an Idempotency-Key, which is claimed together with the hold. */
  holdOnce(want: IdempotentWant): Promise<HoldResult | ClaimedBy>;
  /** For a call that goes on with a turn. Null where no turn pays for it: then it is held as any. */
  holdInTurn(want: HoldWant): Promise<HoldResult | null>;
  /** Notes that a call's unit pays for its turn, once it is posted. */
  beginTurn(turn: BegunTurn): Promise<void>;
  /** Lets a hold of a wallet grow; how much is held then. */
  extend(want: ExtendWant): Promise<number>;
  /**
   * `kept`: the reply to keep with the post, for an Idempotency-Key. When this throws, the settling may still
   * have been done: `mayBeDone` says whether.
   */
  settle(want: SettleWant, kept?: KeptReply): Promise<SettleResult>;
  /** Expires pending holds whose lease is over, in bounded batches; returns how many. */
  expireDue(): Promise<number>;
  usage(licenseId: string): Promise<Usage>;
  /** What is free in each bucket of a quota, in the order in which they are drawn on. */
  rooms(licenseId: string, quota: QuotaKey): Promise<BucketRoom[]>;
}

export interface LedgerSettings {
  /** Months begin at midnight in this IANA zone. */
  timeZone: string;
  leaseMs: number;
  /** The direct way to the database; without it, Prisma's is used. */
  queries?: Queries;
  /** The same, for batches. */
  pipelined?: Queries;
  /** The most callers that one statement serves. 1 turns the group commit off, for comparison. */
  batchSize?: number;
  /** Called with the number of callers that a statement serves. */
  onBatch?: ((kind: 'hold' | 'settle', size: number) => void) | undefined;
  /** 32 bytes, for kept replies. Without it they can only be read until the process ends. */
  encryptionKey?: Buffer;
}

const EXPIRED_AT_ONCE = 500;
/**
 * Licenses of a replica whose requests with an Idempotency-Key run at once, each as a statement of its own.
 */
const KEYED_AT_ONCE = 3;
/** If the answer was lost after more than this, settling is not retried: the caller has waited enough. */
const LOST_SOON_MS = 1_000;

function licenseOf({ licenseId }: { licenseId: string }): string {
  return licenseId;
}

/** `catalog` is a function because the catalogue can be reloaded. */
export function createLedger(
  prisma: PrismaClient,
  catalog: () => Catalog,
  settings: LedgerSettings,
): Ledger {
  const { timeZone, leaseMs, onBatch, queries = prisma, pipelined = queries } = settings;
  const { batchSize = 256, encryptionKey = randomBytes(32) } = settings;
  const counters: CounterSettings = {
    timeZone,
    sellsMoney: plan => catalog().plans.get(plan)?.wallet !== undefined,
  };
  const holdSettings = {
    ...counters,
    leaseMs,
    openPeriods: (licenseIds: string[], period: string) =>
      openPeriods(queries, catalog(), licenseIds, period),
  };
  const seal = createSeal(encryptionKey);
  const readUsageOf = readTogether(licenseId => readUsage(queries, catalog(), licenseId, counters));
  const settleTogether = groupCommit(
    (wants: SettleWant[]) => {
      onBatch?.('settle', wants.length);
      return settleSurely(wants, () => settleBatch(pipelined, wants, counters));
    },
    {
      most: batchSize,
      apart: {
        licenseOf,
        commit: wants => settleSurely(wants, () => settleBatch(queries, wants, counters)),
      },
    },
  );
  const extendTogether = groupCommit((wants: ExtendWant[]) => extendBatch(pipelined, wants), {
    most: batchSize,
    apart: { licenseOf, commit: wants => extendBatch(queries, wants) },
  });
  const settleOneKept = oneByOne(
    licenseOf,
    async (want: KeptWant) => {
      const act = async () => [await settleKept(queries, want, counters, seal)];
      // The reply that was kept shows these counters, and the caller gets the same.
      const [settled] = await settleSurely([want], act, async () => want.kept.expected);
      return settled as SettleResult;
    },
    KEYED_AT_ONCE,
  );

  /**
   * Retries once where the answer may have been lost: the holds then say how they ended. `usageOf`: the counters of
   * one that had ended before.
   */
  async function settleSurely(
    wants: SettleWant[],
    act: () => Promise<SettleResult[]>,
    usageOf: (want: SettleWant) => Promise<Usage> = want => readUsageOf(want.licenseId),
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
        wants.map(async (want, index) => {
          const settled = again[index] as SettleResult;
          // A hold that had already ended as wanted was ended by the attempt whose answer was lost.
          if (settled.kind === 'ended' || settled.state !== want.outcome) return settled;
          return { kind: 'ended', usage: await usageOf(want) } as const;
        }),
      );
    }
  }

  return {
    hold: groupCommit(
      (wants: HoldWant[]) => {
        onBatch?.('hold', wants.length);
        return holdAll(pipelined, wants, holdSettings);
      },
      {
        most: batchSize,
        apart: { licenseOf, commit: wants => holdAll(queries, wants, holdSettings) },
      },
    ),
    holdOnce: oneByOne(
      licenseOf,
      (want: IdempotentWant) => holdOnce(queries, want, holdSettings, seal),
      KEYED_AT_ONCE,
    ),
    holdInTurn: want => holdInTurn(queries, want, holdSettings),
    beginTurn: turn => beginTurn(queries, turn),
    extend: want => extendPatiently(want, extendTogether),
    settle: (want, kept) => (kept ? settleOneKept({ kept, ...want }) : settleTogether(want)),
    expireDue: () =>
      inBatches(Number.POSITIVE_INFINITY, limit => expireBatch(queries, limit), EXPIRED_AT_ONCE),
    usage: readUsageOf,
    rooms: (licenseId, quota) => readRooms(queries, catalog(), licenseId, quota, timeZone),
  };
}
