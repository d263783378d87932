// The replies to requests for which there is no hold.

import type { License } from '../domain/license.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import { repeatable } from '../domain/secretForms.js';
import type { ClaimedBy, HoldResult, HoldWant } from '../store/ledger/index.js';

/** The kept reply of an earlier request with the same Idempotency-Key. */
export interface Replay {
  kind: 'replay';
  kept: Buffer;
}

/** Nothing was done, and a retry a moment later can succeed. */
export const AGAIN = refuse(
  'service_unavailable',
  'service_unavailable',
  {},
  { retryAfterSeconds: 1, charged: 0 },
);

export function full(
  held: Extract<HoldResult, { kind: 'full' }>,
  { provider }: HoldWant,
  { namedKey }: License,
): Refusal {
  const { usage, reserved, isOwnLimit } = held;
  const code = reserved ? 'quota_reserved' : 'quota_exhausted';
  const more = {
    plan: usage.plan,
    usage,
    provider,
    charged: 0,
    ...(reserved && { retryAfterSeconds: 1 }),
  };
  if (usage.wallet) {
    return isOwnLimit && namedKey
      ? refuse(code, 'key_wallet_exhausted', { name: repeatable(namedKey.name) }, more)
      : refuse(code, 'wallet_exhausted', {}, more);
  }
  return isOwnLimit && namedKey
    ? refuse(code, 'key_quota_exhausted', { provider, name: repeatable(namedKey.name) }, more)
    : refuse(code, 'quota_exhausted', { provider }, more);
}

export function claimed(by: ClaimedBy): Replay | Refusal {
  switch (by.how) {
    case 'replied':
      return { kind: 'replay', kept: by.reply };
    case 'mismatch':
      return refuse('idempotency_mismatch', 'idempotency_mismatch', {}, { charged: 0 });
    case 'lost':
      return refuse('conflict', 'idempotency_reply_lost', {}, { charged: 0 });
    case 'under_way': {
      const more = { retryAfterSeconds: 1, charged: 0 };
      return refuse('idempotency_in_progress', 'idempotency_in_progress', {}, more);
    }
  }
}
