// Hold with an Idempotency-Key, which is claimed in the hold's transaction (docs/decisions/0008).

import type { HoldState } from '../../domain/hold.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import type { Seal } from '../secrets/seal.js';
import { type HoldResult, type HoldSettings, type HoldWant, heldFrom, quotaJson } from './hold.js';
import type { Room } from './holdNamed.js';
import { countersIfHeldSql, type QuotaRow, usageFrom, withOwnLimit } from './sql.js';

/** Both are SHA-256 in hex. */
export interface Idempotency {
  idempotencyKeyDigest: string;
  /** The digest of the body, so that one key is not used for two different requests. */
  fingerprint: string;
}

export type ClaimedBy =
  /** The first request with this key is still under way. */
  | { kind: 'claimed'; how: 'under_way' }
  /** The key was used with another body. */
  | { kind: 'claimed'; how: 'mismatch' }
  /** The first request was charged, but its reply was not kept. */
  | { kind: 'claimed'; how: 'lost' }
  /** The first request was charged, or its job is under way, and this was its reply. */
  | { kind: 'claimed'; how: 'replied'; reply: Buffer };

export type IdempotentWant = HoldWant & { idempotency: Idempotency };

type Answer =
  | {
      verdict: 'held';
      period: string;
      room?: Room | null;
      units?: number | null;
      affords?: number | null;
    }
  | { verdict: 'unopened'; period: string }
  | { verdict: 'stale' }
  | { verdict: 'full'; reserved: boolean; counters: QuotaRow[]; room?: Room | null }
  | { verdict: 'claimed'; same: boolean; state: HoldState; hold_id: string; reply: string | null };

/** Holds one want unless its Idempotency-Key is taken. */
export async function holdOnce(
  db: Queries,
  want: IdempotentWant,
  settings: HoldSettings,
  seal: Seal,
): Promise<HoldResult | ClaimedBy> {
  let { answer, counters } = await claimAndHold(db, want, settings);
  if (answer.verdict === 'unopened') {
    await settings.openPeriods([want.licenseId], answer.period);
    ({ answer, counters } = await claimAndHold(db, want, settings));
  }
  switch (answer.verdict) {
    case 'held': {
      const usage = withOwnLimit(usageFrom(counters, settings), answer.room);
      const units = answer.units ?? undefined;
      const affords = answer.affords ?? undefined;
      return {
        usage,
        ...heldFrom(usage, want.provider),
        ...(units !== undefined && { units }),
        ...(affords !== undefined && { affords }),
      };
    }
    case 'full': {
      const { reserved, room } = answer;
      const usage = withOwnLimit(usageFrom(answer.counters, settings), room);
      return { kind: 'full', reserved, usage, ...(room?.fits === 0 && { isOwnLimit: true }) };
    }
    case 'claimed':
      return claimedBy(answer, seal);
    default:
      return { kind: 'stale' };
  }
}

/** `counters` is empty unless the want is held. */
function claimAndHold(
  db: Queries,
  want: IdempotentWant,
  { timeZone, leaseMs }: HoldSettings,
): Promise<{ answer: Answer; counters: QuotaRow[] }> {
  const { idempotencyKeyDigest, fingerprint } = want.idempotency;
  return queryJson(
    db,
    Prisma.sql`SELECT json_build_object('answer', answer,
        'counters', ${countersIfHeldSql(want.licenseId, timeZone)})::text AS answer
      FROM sahm_hold_once(${quotaJson(want)}::json, ${timeZone}, ${leaseMs},
        decode(${idempotencyKeyDigest}, 'hex'), decode(${fingerprint}, 'hex')) AS answer`,
  );
}

function claimedBy(
  { same, state, hold_id, reply }: Extract<Answer, { verdict: 'claimed' }>,
  seal: Seal,
): ClaimedBy {
  if (!same) return { kind: 'claimed', how: 'mismatch' };
  // A job has its reply while its hold is still pending.
  if (reply === null && state === 'pending') return { kind: 'claimed', how: 'under_way' };
  if (reply === null) return { kind: 'claimed', how: 'lost' };
  return {
    kind: 'claimed',
    how: 'replied',
    reply: seal.open(Buffer.from(reply, 'base64'), sealedAs(hold_id)),
  };
}

/** The encryption key also seals other things. The prefix makes sure that none opens as another. */
export function sealedAs(holdId: string): string {
  return `reply ${holdId}`;
}
