// Settles a request with an Idempotency-Key. Its reply is kept by the same statement.

import { mayBeDone } from '../../domain/databaseFault.js';
import type { Usage } from '../../domain/quota.js';
import type { Queries } from '../database/directQueries.js';
import { Prisma } from '../generated/client.js';
import type { Seal } from '../secrets/seal.js';
import { sealedAs } from './holdOnce.js';
import { type SettleResult, type SettleWant, settleBy, wantsJson } from './settle.js';
import type { CounterSettings } from './sql.js';

export interface KeptReply {
  /** SHA-256 in hex. */
  idempotencyKeyDigest: string;
  /** The counters as they will be, unless other requests of this license come in between. */
  expected: Usage;
  /** The reply with these counters in it; null where it is not to be kept. */
  replyOf(usage: Usage, charged?: number): Uint8Array | null;
}

export type KeptWant = SettleWant & { kept: KeptReply };

/**
 * The reply shows the counters that result from settling, but it is kept by the same statement. So it is
 * written with the expected counters, and written again where other requests came in between. Unless a repeated
 * request was given it meanwhile: then this caller gets the same.
 */
export async function settleKept(
  db: Queries,
  want: KeptWant,
  settings: CounterSettings,
  seal: Seal,
): Promise<SettleResult> {
  const { timeZone } = settings;
  const { holdId, kept } = want;
  const expected = kept.replyOf(kept.expected);
  const sealed = expected && seal.close(expected, sealedAs(holdId));
  const [settled] = await settleBy(
    db,
    [want],
    Prisma.sql`SELECT sahm_settle_kept(${wantsJson([want])}::json, ${timeZone},
      decode(${kept.idempotencyKeyDigest}, 'hex'), ${sealed}::bytea)::text AS answer`,
    settings,
  );
  if (settled?.kind !== 'ended') return settled as SettleResult;
  const exact = kept.replyOf(settled.usage, settled.charged);
  if (!exact || (expected && Buffer.compare(exact, expected) === 0)) return settled;
  return keepExact(db, want, seal.close(exact, sealedAs(holdId)), settled);
}

async function keepExact(
  db: Queries,
  { holdId, licenseId, kept }: KeptWant,
  sealed: Uint8Array<ArrayBuffer>,
  settled: SettleResult & { kind: 'ended' },
): Promise<SettleResult> {
  // Where the answer to a first attempt was lost, the second one also finds what the first one wrote.
  const write = async () => {
    const [written] = await db.$queryRaw<[{ isKept: boolean }]>`
WITH written AS (
  UPDATE idempotency_claim SET reply = ${sealed}::bytea
  WHERE license_id = ${licenseId}::uuid AND key_digest = decode(${kept.idempotencyKeyDigest}, 'hex')
    AND hold_id = ${holdId}::uuid AND NOT is_given
  RETURNING hold_id
)
SELECT EXISTS (SELECT FROM written) OR EXISTS (
  SELECT FROM idempotency_claim
  WHERE license_id = ${licenseId}::uuid AND key_digest = decode(${kept.idempotencyKeyDigest}, 'hex')
    AND reply = ${sealed}::bytea) AS "isKept"`;
    return written.isKept;
  };
  // It is charged, and the reply that was kept first is as good: only its figures are those that were expected.
  const isKept = await write().catch(error => mayBeDone(error) && write().catch(() => false));
  return isKept ? settled : { kind: 'ended', usage: kept.expected };
}
