// What answers look like, for the OpenAPI document. An answer with any other field fails the tests.

import { z } from 'zod';
import { GRANT_STATUSES, LASTS } from '../domain/grant.js';
import { HOLD_STATES } from '../domain/hold.js';
import { LICENSE_STATES } from '../domain/license.js';
import { PROVIDERS, perProvider } from '../domain/provider.js';
import { NOT_READY, type NotReady } from '../domain/readiness.js';
import { adminError, errorCode } from './kernel/answering.js';
import { anything, count, id, instant, page, range, text } from './kernel/wireForms.js';

const provider = z.enum(PROVIDERS);

/** With whatever fields the case has (seed 003 §8). */
const myaihubError = z.looseObject({
  error: z.literal(true),
  message: text,
  code: errorCode,
});
/** What comes before the dialect is known is told as administration tells it. */
export const myaihubOrAdminError = z.union([myaihubError, adminError]);

const balance = z.strictObject({ used: count, limit: count, remaining: count });
const usage = z.strictObject({ plan: text, period: text, ...balance.shape });
const breakdown = z.strictObject(perProvider(() => balance));
export const usageFields = { usage, usage_breakdown: breakdown };

const detailed = balance.extend({ held: count, plan_limit: count, addon_limit: count });
const detailedBreakdown = z.strictObject(perProvider(() => detailed));

const grant = z.strictObject({
  id,
  product: text.nullable(),
  provider,
  units: count,
  remaining: count,
  lasts: z.enum(LASTS),
  status: z.enum(GRANT_STATUSES),
  source: text,
  created_at: instant,
});

const license = z.strictObject({
  id,
  plan: text,
  status: z.enum(LICENSE_STATES),
  email: text,
  key_prefix: text,
  key_last4: text,
  created_at: instant,
  expires_at: instant.nullable(),
  note: text,
});
const key = z.string().regex(/^sahm_live_[0-9A-Za-z]{36}$/);

/** What each of these is on the wire. */
export type LicenseWire = z.input<typeof license>;
export type GrantWire = z.input<typeof grant>;
export type DetailedBreakdownWire = z.input<typeof detailedBreakdown>;

export const licenseAnswer = z.strictObject({ license });
export const issuedAnswer = z.strictObject({ license, key });
export const licensesAnswer = page({ licenses: z.array(license) });
export const licensePageAnswer = z.strictObject({
  license,
  limits: z.strictObject(perProvider(() => count.nullable())),
  rate_limit: count.nullable(),
  period: text,
  resets_at: instant,
  usage,
  usage_breakdown: detailedBreakdown,
  grants: z.array(grant),
});
export const rotatedAnswer = z.strictObject({
  license,
  key,
  previous_key_valid_until: instant.nullable(),
});
export const keyAnswer = z.strictObject({ key });
export const grantAnswer = z.strictObject({ grant, usage_breakdown: detailedBreakdown });
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
});
export type UsageRowWire = z.input<typeof usageRow>;
export const usageAnswer = z.strictObject({
  ...range,
  group: text,
  rows: z.array(usageRow),
});

export const holderAnswer = z.strictObject({
  plan: text,
  status: z.enum(LICENSE_STATES),
  expires_at: instant.nullable(),
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
  at: instant,
  ended_at: instant.nullable(),
  model: text,
  provider,
  period: text,
  units: count,
  outcome: z.enum(HOLD_STATES),
  charged: z.boolean(),
  reason: text.nullable(),
  prompt_tokens: count.nullable(),
  completion_tokens: count.nullable(),
  cost_microusd: count.nullable(),
  grant: id.nullable(),
});
export type RequestWire = z.input<typeof request>;
export const requestsAnswer = page({ requests: z.array(request) });

/** Exactly the fields of seed 003 §6. */
export const myaihubReply = z.strictObject({
  error: z.literal(false),
  reply: text,
  model: text,
  source: provider,
  plan: text,
  ...usageFields,
});
export const stateAnswer = z.strictObject({ status: text });
export const notReadyAnswer = z.strictObject({
  status: text,
  reason: z.enum(Object.keys(NOT_READY) as [NotReady, ...NotReady[]]),
  message: text,
});

export const openaiError = z.strictObject({
  error: z.looseObject({
    message: text,
    type: text,
    param: text.nullable(),
    code: text.nullable(),
  }),
  quota: z
    .strictObject({ ...usage.shape, resets_at: instant, charged: count.optional() })
    .optional(),
  usage_breakdown: breakdown.optional(),
});

/** OpenAI's fields, and Sahm's beside them. */
export const openaiReply = z.looseObject({
  id: text,
  object: text,
  model: text,
  choices: z.array(z.looseObject({})),
  quota: z.strictObject({ ...usage.shape, resets_at: instant, charged: count }),
  usage_breakdown: breakdown,
});
const model = z.looseObject({
  id: text,
  object: z.literal('model'),
  created: count,
  owned_by: text,
  minimum_plan: text,
  units: count,
});
export const modelAnswer = model;
export type ModelWire = z.input<typeof model>;
export const modelsAnswer = z.looseObject({ object: z.literal('list'), data: z.array(model) });

export const documentAnswer = z.looseObject({ openapi: text });
export type DocumentWire = z.input<typeof documentAnswer>;

export const linkAnswer = z.strictObject({ url: text });
export const checkoutAnswer = z.strictObject({ url: text, session_id: text });
export const claimedAnswer = z.strictObject({ license: license.nullable(), key });
/** `license` is null where it is the one of an e-mail address that the caller only named. */
export const redeemedAnswer = z.strictObject({
  license: license.omit({ note: true }).nullable(),
  key: key.optional(),
  grant: grant.optional(),
});
export type RedeemedWire = z.input<typeof redeemedAnswer>;
export const sentAnswer = z.strictObject({ sent: z.boolean() });
export const signedInAnswer = z.strictObject({ signed_in: z.boolean() });
export const receivedAnswer = z.union([
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ received: z.literal(true), event: text, outcome: text }),
]);
