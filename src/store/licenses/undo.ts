// Takes back the last change that an administrator made to a license, if it is the last thing that happened to it.
// Undoing twice makes the change again. The answer says what it undoes.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Catalog } from '../../domain/catalog.js';
import { perProvider, QUOTA_KEYS } from '../../domain/provider.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { licenseSubject } from '../admin/audit.js';
import { millisecondsSql } from '../database/instants.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
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

interface LastEvent {
  action: string;
  actor: string;
  ms: number;
  before: unknown;
  after: unknown;
}

const UNDONE = ['license.change', 'license.undo'];
/** They change nothing of a license. */
const ONLY_LOOKED = ['license.reveal', 'license.send-key'];
/** How to take back what no undo takes back, by the beginning of its name. */
const TAKEN_BACK: Array<[string, string]> = [
  ['grant.give', 'Withdraw the grant: sahm license grant withdraw'],
  ['grant.', 'Give the grant again: sahm grant'],
  ['license.suspend', 'Reinstate the license: sahm license reinstate'],
  ['license.reinstate', 'Suspend the license: sahm license suspend'],
  ['license.expire', 'Set another end: sahm license change --expires'],
  ['license.rotate', 'A key that was replaced stays replaced'],
  ['key.create', 'Withdraw the key: sahm license key remove'],
  ['key.change', 'Change the key: sahm license key change'],
  ['key.', 'A key that was replaced or withdrawn stays so'],
];

export async function undoLastChange(
  transaction: Transaction,
  catalog: Catalog,
  licenseId: string,
  timeZone: string,
): Promise<Changed | Refusal> {
  const license = await lockTerms(transaction, licenseId);
  if (!license) return refuseUnknownLicense();
  if (license.status === 'revoked') return refuseRevoked();
  const last = await readLastEvent(transaction, licenseId);
  if (last && last.action !== 'license.issue' && !UNDONE.includes(last.action)) {
    return refuseEvent(last, licenseId);
  }
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
  const states = { before: audited(license), after: audited(undone) };
  const { action, actor, ms } = last as LastEvent;
  return { kind: 'changed', ...states, undoes: { action, actor, at: new Date(ms), ...states } };
}

async function readLastEvent(
  transaction: Transaction,
  licenseId: string,
): Promise<LastEvent | undefined> {
  const [last] = await transaction.$queryRaw<LastEvent[]>`
    SELECT action, actor, ${millisecondsSql(Prisma.sql`at`)} AS ms, before, after FROM audit_entry
    WHERE subject = ${licenseSubject(licenseId)} AND action <> ALL (${ONLY_LOOKED})
    ORDER BY id DESC LIMIT 1`;
  return last;
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

function refuseEvent({ action, actor, ms, after }: LastEvent, licenseId: string): Refusal {
  const [, advice] = TAKEN_BACK.find(([beginning]) => action.startsWith(beginning)) ?? [];
  const which = action === 'grant.give' ? ` ${licenseId} ${grantIn(after)}` : '';
  const said = advice === undefined ? '' : `${advice}${which}. `;
  const at = new Date(ms).toISOString();
  return refuseNothing(
    `the last that happened to it is ${action}, by ${actor} at ${at}, and no change. ${said}To take an earlier change back: sahm license change.`,
  );
}

/** The id of the grant that was given, as the audit log has it. */
function grantIn(after: unknown): string {
  const found = z.object({ grant: z.string() }).safeParse(after);
  return found.success ? found.data.grant : 'GRANT-ID';
}

function refuseNothing(reason: string): Refusal {
  return refuse('conflict', 'conflict', { reason: `nothing to undo: ${reason}` });
}
