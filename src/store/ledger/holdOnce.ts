// Hold with an Idempotency-Key: claimed with the hold, in one transaction (contract, "Chat").

import type { Queries } from '../directQueries.js';
import { Prisma } from '../generated/client.js';
import { type HoldResult, type HoldSettings, type HoldWant, quotaJson } from './hold.js';
import type { ReplySeal } from './replySeal.js';
import { type QuotaRow, queryJson, usageFrom } from './sql.js';

/** Both are SHA-256 in hex. */
export interface Idempotency {
  keyDigest: string;
  /** Of the body, so that one key is not used for two requests. */
  fingerprint: string;
}

export type ClaimedBy =
  /** The same request is under way. */
  | { kind: 'claimed'; how: 'under_way' }
  /** The key was used for another body. */
  | { kind: 'claimed'; how: 'mismatch' }
  /** It was charged, but its reply was not kept. */
  | { kind: 'claimed'; how: 'lost' }
  /** It was charged; this was its reply. */
  | { kind: 'claimed'; how: 'replied'; reply: Buffer };

export type OnceWant = HoldWant & { once: Idempotency };

type Answer =
  | { verdict: 'held'; period: string }
  | { verdict: 'unopened'; period: string }
  | { verdict: 'stale' }
  | { verdict: 'full'; reserved: boolean; counters: QuotaRow[] }
  | { verdict: 'claimed'; same: boolean; state: string; hold_id: string; reply: string | null };

/** Holds one want unless its key is taken. */
export async function holdOnce(
  db: Queries,
  want: OnceWant,
  settings: HoldSettings,
  seal: ReplySeal,
): Promise<HoldResult | ClaimedBy> {
  let answer = await claimAndHold(db, want, settings);
  if (answer.verdict === 'unopened') {
    await settings.openPeriods([want.licenseId], answer.period);
    answer = await claimAndHold(db, want, settings);
  }
  switch (answer.verdict) {
    case 'held':
      return { kind: 'held', period: answer.period };
    case 'full':
      return { kind: 'full', reserved: answer.reserved, usage: usageFrom(answer.counters) };
    case 'claimed':
      return claimedBy(answer, seal);
    default:
      return { kind: 'stale' };
  }
}

function claimAndHold(db: Queries, want: OnceWant, settings: HoldSettings): Promise<Answer> {
  const { keyDigest, fingerprint } = want.once;
  return queryJson<Answer>(
    db,
    Prisma.sql`SELECT sahm_hold_once(${quotaJson(want)}::json, ${settings.timeZone},
      ${settings.leaseMs}, decode(${keyDigest}, 'hex'), decode(${fingerprint}, 'hex'))::text
      AS answer`,
  );
}

function claimedBy(
  { same, state, hold_id, reply }: Extract<Answer, { verdict: 'claimed' }>,
  seal: ReplySeal,
): ClaimedBy {
  if (!same) return { kind: 'claimed', how: 'mismatch' };
  if (state === 'pending') return { kind: 'claimed', how: 'under_way' };
  if (reply === null) return { kind: 'claimed', how: 'lost' };
  return {
    kind: 'claimed',
    how: 'replied',
    reply: seal.open(Buffer.from(reply, 'base64'), hold_id),
  };
}
