// Hold with an Idempotency-Key: claimed with the hold, in one transaction (docs/decisions/0008).

import type { HoldState } from '../../domain/hold.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import type { Seal } from '../secrets/seal.js';
import { type HoldResult, type HoldSettings, type HoldWant, heldFrom, quotaJson } from './hold.js';
import { type QuotaRow, usageOfFirstMonth } from './sql.js';

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
  | { verdict: 'claimed'; same: boolean; state: HoldState; hold_id: string; reply: string | null };

/** Holds one want unless its key is taken. */
export async function holdOnce(
  db: Queries,
  want: OnceWant,
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
      const usage = usageOfFirstMonth(counters);
      return { ...heldFrom(usage, want.provider), usage };
    }
    case 'full':
      return { kind: 'full', reserved: answer.reserved, usage: usageOfFirstMonth(answer.counters) };
    case 'claimed':
      return claimedBy(answer, seal);
    default:
      return { kind: 'stale' };
  }
}

/** `counters` of who is held. */
function claimAndHold(
  db: Queries,
  want: OnceWant,
  { timeZone, leaseMs }: HoldSettings,
): Promise<{ answer: Answer; counters: QuotaRow[] }> {
  const { keyDigest, fingerprint } = want.once;
  return queryJson(
    db,
    Prisma.sql`SELECT json_build_object('answer', answer,
        'counters', CASE WHEN answer->>'verdict' = 'held' THEN sahm_counters(json_build_array(
          json_build_object('license_id', ${want.licenseId}::text, 'period', answer->'period')),
          ${timeZone}) ELSE '[]' END)::text AS answer
      FROM sahm_hold_once(${quotaJson(want)}::json, ${timeZone}, ${leaseMs},
        decode(${keyDigest}, 'hex'), decode(${fingerprint}, 'hex')) AS answer`,
  );
}

function claimedBy(
  { same, state, hold_id, reply }: Extract<Answer, { verdict: 'claimed' }>,
  seal: Seal,
): ClaimedBy {
  if (!same) return { kind: 'claimed', how: 'mismatch' };
  if (state === 'pending') return { kind: 'claimed', how: 'under_way' };
  if (reply === null) return { kind: 'claimed', how: 'lost' };
  return {
    kind: 'claimed',
    how: 'replied',
    reply: seal.open(Buffer.from(reply, 'base64'), sealedAs(hold_id)),
  };
}

/** Other things are sealed with this key too: none opens as another. */
export function sealedAs(holdId: string): string {
  return `reply ${holdId}`;
}
