// The schemas of answers, also for the OpenAPI document. An answer with any other field fails the tests.

import { z } from 'zod';
import { LINE_CODES } from '../domain/balance/counters.js';
import { CONSEQUENCES } from '../domain/consequences.js';
import { GRANT_STATUSES, LASTS } from '../domain/grant.js';
import { HOLD_STATES } from '../domain/hold.js';
import { KEY_CAUSES } from '../domain/keptRefusal.js';
import { KEY_STATES } from '../domain/key.js';
import { LICENSE_STATES, NAMED_KEY_STATES } from '../domain/license.js';
import { MOVEMENT_KINDS } from '../domain/orderMoney.js';
import { PROVIDERS, perProvider, QUOTA_KEYS } from '../domain/provider.js';
import { NOT_READY, type NotReady } from '../domain/readiness.js';
import { SELLERS } from '../domain/shop.js';
import { adminError, errorCode } from './kernel/answering.js';
import { anything, count, id, instant, page, range, text } from './kernel/wireForms.js';

export const provider = z.enum(PROVIDERS);
/** What a quota is for: a provider, or `all` for a wallet over all providers. */
export const quotaKey = z.enum(QUOTA_KEYS);
/** If it is absent, units are requests. */
export const unit = z.literal('microusd').optional();
/** The bucket from which units are drawn: the month's own, or a grant's. */
export const bucket = z.enum(['period', 'grant']);

/** Has further fields, which depend on the case (seed 003 §8). */
const myaihubError = z.looseObject({
  error: z.literal(true),
  message: text,
  code: errorCode,
});
/** Errors before the dialect is known have administration's form. */
export const myaihubOrAdminError = z.union([myaihubError, adminError]);

const balance = z.strictObject({ used: count, limit: count, remaining: count });
export const usage = z.strictObject({ plan: text, period: text, ...balance.shape, unit });
export const breakdown = z.strictObject(perProvider(() => balance));
export const usageFields = { usage, usage_breakdown: breakdown };

const detailed = balance.extend({ held: count, plan_limit: count, addon_limit: count });
const detailedBreakdown = z.strictObject(perProvider(() => detailed));

export const grant = z.strictObject({
  id,
  product: text.nullable(),
  provider: quotaKey,
  units: count,
  unit,
  remaining: count,
  lasts: z.enum(LASTS),
  status: z.enum(GRANT_STATUSES),
  source: text,
  created_at: instant,
  /** Only of one that was given for a time: when what is left of it is taken back. */
  expires_at: instant.optional(),
});

export const license = z.strictObject({
  id,
  plan: text,
  status: z.enum(LICENSE_STATES),
  email: text,
  key_prefix: text,
  key_last4: text,
  created_at: instant,
  expires_at: instant.nullable(),
  note: text,
  /** Only for a plan that was given for a time: when it ends, and the plan after it. */
  plan_until: instant.optional(),
  plan_after: text.optional(),
});
export const key = z.string().regex(/^sahm_live_[0-9A-Za-z]{36}$/);

/** A key, without its secret. `name` is null for a master key. */
const foundKey = z.strictObject({
  name: text.nullable(),
  key_last4: text,
  state: z.enum(KEY_STATES),
  valid_until: instant.nullable(),
});
export type FoundKeyWire = z.input<typeof foundKey>;
/** Only of a license that was asked for by a key, or by a part of one: the keys of it that match. */
export const foundLicense = license.extend({ matched_keys: z.array(foundKey).optional() });
export type FoundLicenseWire = z.input<typeof foundLicense>;

/** The types of these schemas. */
export type LicenseWire = z.input<typeof license>;
export type GrantWire = z.input<typeof grant>;
export type DetailedBreakdownWire = z.input<typeof detailedBreakdown>;

export const licenseAnswer = z.strictObject({ license });
export const consequence = z.strictObject({ code: z.enum(CONSEQUENCES), message: text });
/** Only a rehearsal has the two fields beside the license. The license is then as the change would make it. */
export const licenseChangedAnswer = licenseAnswer.extend({
  rehearsed: z.literal(true).optional(),
  consequences: z.array(consequence).optional(),
});
export const licenseUndoneAnswer = licenseChangedAnswer.extend({
  /** The change that is taken back, and the states before and after the undo. */
  undoes: z.strictObject({
    action: text,
    actor: text,
    at: instant,
    before: anything,
    after: anything,
  }),
});
export const issuedAnswer = z.strictObject({ license, key });
export const licensesAnswer = page({ licenses: z.array(foundLicense) });
export const licenseFoundAnswer = z.strictObject({ license: foundLicense });
export const licensePageAnswer = z.strictObject({
  license,
  /** `all` is the wallet's limit, in micro-dollars; absent if the license has none of its own. */
  limits: z.strictObject({
    ...perProvider(() => count.nullable()),
    all: count.nullable().optional(),
  }),
  limits_until: z.strictObject({
    ...perProvider(() => instant.nullable()),
    all: instant.nullable().optional(),
  }),
  rate_limit: count.nullable(),
  concurrency: count.nullable(),
  period: text,
  resets_at: instant,
  usage,
  usage_breakdown: detailedBreakdown,
  grants: z.array(grant),
  /** Keys that were replaced and still work; absent if there is none. */
  previous_keys: z.array(foundKey).optional(),
});
export const rotatedAnswer = z.strictObject({
  license,
  key,
  previous_key_valid_until: instant.nullable(),
});
const ownBalance = z.strictObject({
  used: count,
  held: count,
  limit: count.nullable(),
  remaining: count.nullable(),
});
const namedKey = z.strictObject({
  id,
  name: text,
  state: z.enum(NAMED_KEY_STATES),
  key_prefix: text,
  key_last4: text,
  limits: z.strictObject({
    ...perProvider(() => count.nullable()),
    all: count.optional().describe('Of a plan that sells money: micro-dollars'),
  }),
  rate_limit: count.nullable(),
  period: text,
  usage: z.strictObject({ ...perProvider(() => ownBalance), all: ownBalance.optional() }),
  created_at: instant,
  last_used_at: instant.nullable(),
  withdrawn_at: instant.nullable(),
});
export type NamedKeyWire = z.input<typeof namedKey>;
export const namedKeyAnswer = z.strictObject({ key: namedKey });
export const namedKeysAnswer = page({ keys: z.array(namedKey) });
export const namedKeyMadeAnswer = namedKeyAnswer.extend({ secret: key });
export const namedKeyRotatedAnswer = namedKeyMadeAnswer.extend({
  previous_key_valid_until: instant.nullable(),
});
export const keyAnswer = z.strictObject({ key });
export const grantAnswer = z.strictObject({
  grant,
  /** Units that a withdrawal took back. */
  withdrawn: count.optional(),
  usage_breakdown: detailedBreakdown,
});
export type GrantAnswerWire = z.input<typeof grantAnswer>;
export const timelineAnswer = page({
  events: z.array(z.strictObject({ event: text, at: instant, actor: text, details: anything })),
});

const usageRow = z.strictObject({
  key: text,
  requests: count,
  prompt_tokens: count,
  completion_tokens: count,
  cost_microusd: count,
  name: text.optional(),
});
export type UsageRowWire = z.input<typeof usageRow>;
const holderUsageRow = usageRow.partial({ cost_microusd: true });
export const usageAnswer = z.strictObject({
  ...range,
  group: text,
  rows: z.array(usageRow),
});

export const holderUsageAnswer = usageAnswer.extend({ rows: z.array(holderUsageRow) });

export const holderAnswer = z.strictObject({
  plan: text,
  status: z.enum(LICENSE_STATES),
  expires_at: instant.nullable(),
  /** Only for a plan that was given for a time. */
  plan_until: instant.optional(),
  period: text,
  resets_at: instant,
  ...usageFields,
  grants: z.array(grant),
});
export type HolderWire = z.input<typeof holderAnswer>;
export const statusAnswer = z.strictObject({ error: z.literal(false), ...holderAnswer.shape });
export const holderRotatedAnswer = z.strictObject({
  key,
  previous_key_valid_until: instant.nullable(),
});
const request = z.strictObject({
  id,
  request_id: id,
  at: instant,
  ended_at: instant.nullable(),
  model: text,
  dialect: text.nullable(),
  provider,
  period: text,
  units: count,
  unit,
  outcome: z.enum(HOLD_STATES),
  charged: z.boolean(),
  reason: text.nullable(),
  prompt_tokens: count.nullable(),
  completion_tokens: count.nullable(),
  cost_microusd: count.nullable().optional(),
  bucket,
  grant: id.nullable(),
  product: text.nullable(),
  key: id.nullable(),
  /** The name of the named key; absent for the master key. */
  key_name: text.optional(),
  user: text.nullable(),
});
export type RequestWire = z.input<typeof request>;
export const requestsAnswer = page({ requests: z.array(request) });

const ownPurchase = z.strictObject({
  id,
  at: instant,
  shop: z.enum(SELLERS),
  order_id: text,
  kind: z.enum(MOVEMENT_KINDS),
  items: text,
  quantity: count.nullable(),
  amount: count.nullable(),
  currency: text.nullable(),
  tax: count.nullable(),
});
export const ownPurchasesAnswer = page({ purchases: z.array(ownPurchase) });
const refusal = z.strictObject({
  id,
  request_id: id,
  at: instant,
  dialect: text,
  provider: provider.nullable(),
  model: text.nullable(),
  code: errorCode,
  reason: text,
  message: text,
  parameters: anything,
  key: id.nullable(),
  /** The name of the named key; absent for the master key. */
  key_name: text.optional(),
  /** Only for administrators: why a key was refused. */
  cause: z.strictObject({ code: z.enum(KEY_CAUSES), message: text }).optional(),
});
export type RefusalWire = z.input<typeof refusal>;
export const refusalsOfLicenseAnswer = page({ refusals: z.array(refusal) });
export const requestFoundAnswer = z.strictObject({
  license_id: id,
  request: request.nullable(),
  refusal: refusal.nullable(),
});

export const balanceLine = z.strictObject({
  at: instant,
  code: z.enum(LINE_CODES),
  what: text,
  units: z.int(),
  sum: count,
  provider: quotaKey.nullable(),
  plan: text.optional(),
  bucket: bucket.optional(),
  grant: id.optional(),
  product: text.nullable().optional(),
  order: text.optional(),
  requests: count.optional(),
  charged: count.optional(),
  from: instant.optional(),
  to: instant.optional(),
});
export type BalanceLineWire = z.input<typeof balanceLine>;
export const balanceAnswer = z.strictObject({
  balance: count,
  period: text,
  unit,
  lines: z.array(balanceLine),
});
export type BalanceWire = z.input<typeof balanceAnswer>;

export const stateAnswer = z.strictObject({ status: text });
const warnings = z.array(z.strictObject({ about: text, message: text })).optional();
export const readyAnswer = z.strictObject({ status: text, warnings });
export const notReadyAnswer = z.strictObject({
  warnings,
  status: text,
  reason: z.enum(Object.keys(NOT_READY) as [NotReady, ...NotReady[]]),
  message: text,
});

export const documentAnswer = z.looseObject({ openapi: text });
export type DocumentWire = z.input<typeof documentAnswer>;

export const receivedAnswer = z.union([
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ received: z.literal(true), event: text, outcome: text }),
]);
