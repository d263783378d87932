// Takes back the last change that an administrator made to a license, if nothing changed it since. Undoing twice
// makes the change again.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Catalog } from '../../domain/catalog.js';
import { perProvider, QUOTA_KEYS } from '../../domain/provider.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { Transaction } from '../database/transaction.js';
import {
  audited,
  type Changed,
  lockTerms,
  refuseRevoked,
  refuseUnknownLicense,
  type Terms,
  type WantedTerms,
  writeWanted,
} from './licenseChanges.js';

const instant = z.iso.datetime().transform(text => new Date(text));
/** As `audited` writes it. */
const auditedTerms = z.object({
  plan: z.string(),
  expires_at: instant.nullable(),
  plan_until: instant.optional(),
  plan_after: z.string().optional(),
  expires_after: instant.nullable().optional(),
  note: z.string(),
  limits: z.object({
    ...perProvider(() => z.number().nullable()),
    all: z.number().nullable().default(null),
  }),
  limits_until: z
    .object({ ...perProvider(() => instant.nullable()), all: instant.nullable().default(null) })
    .optional(),
  rate_limit: z.number().nullable(),
  // Changes of earlier releases do not have it.
  concurrency: z.number().nullable().default(null),
});
type AuditedTerms = z.output<typeof auditedTerms>;

export async function undoLastChange(
  transaction: Transaction,
  catalog: Catalog,
  licenseId: string,
  timeZone: string,
): Promise<Changed | Refusal> {
  const license = await lockTerms(transaction, licenseId);
  if (!license) return refuseUnknownLicense();
  if (license.status === 'revoked') return refuseRevoked();
  const [last] = await transaction.$queryRaw<Array<{ before: unknown; after: unknown }>>`
    SELECT before, after FROM audit_entry
    WHERE subject = ${`license:${licenseId}`} AND action IN ('license.change', 'license.undo')
    ORDER BY id DESC LIMIT 1`;
  const before = auditedTerms.safeParse(last?.before);
  const after = auditedTerms.safeParse(last?.after);
  if (!before.success || !after.success) return refuseNothing('no change of it is known.');
  if (isOwnersChange(last?.before)) {
    return refuseNothing('its last change gave it to another buyer. Change the e-mail back.');
  }
  const now = auditedTerms.parse(audited(license));
  if (!isDeepStrictEqual(now, after.data)) {
    return refuseNothing('something else changed it since. Change what you mean.');
  }
  const wanted = wantedOf(license, before.data);
  if (wanted.terms.lent && wanted.terms.lent.until <= license.now) {
    return refuseNothing('the time of the plan that it had before is over.');
  }
  await writeWanted(transaction, catalog, license, wanted, timeZone);
  const undone = (await lockTerms(transaction, licenseId)) as Terms;
  return { kind: 'changed', before: audited(license), after: audited(undone) };
}

function wantedOf(license: Terms, before: AuditedTerms): WantedTerms {
  const { plan, expires_at: expiresAt, plan_until, plan_after, expires_after = null } = before;
  const lent =
    plan_until && plan_after !== undefined
      ? { until: plan_until, planAfter: plan_after, expiresAfter: expires_after }
      : null;
  const limits = QUOTA_KEYS.flatMap(provider => {
    const units = before.limits[provider];
    const until = before.limits_until?.[provider] ?? null;
    const isSame =
      units === license.limits[provider] &&
      until?.getTime() === license.limitEnds[provider]?.getTime();
    return isSame ? [] : { provider, units, until };
  });
  const { note, rate_limit: rateLimit, concurrency } = before;
  return { terms: { plan, expiresAt, lent }, note, rateLimit, concurrency, limits };
}

function isOwnersChange(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'email' in state;
}

function refuseNothing(reason: string): Refusal {
  return refuse('conflict', 'conflict', { reason: `nothing to undo: ${reason}` });
}
