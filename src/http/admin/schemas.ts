// What administration accepts, field by field; everything else is refused.

import { z } from 'zod';
import { OUTCOMES } from '../../domain/delivery.js';
import { DAY_EXPECTED, INSTANT_EXPECTED, isDay, isInstant } from '../../domain/instant.js';
import { LICENSE_STATES } from '../../domain/license.js';
import { isMailAddress } from '../../domain/mailAddress.js';
import { DELIVERY_STATES, NOTICE_KINDS } from '../../domain/notice.js';
import { CURSOR_EXPECTED } from '../../domain/page.js';
import { EXPECTED_PASSWORD, isUsablePassword } from '../../domain/password.js';
import { PROVIDERS, perProvider } from '../../domain/provider.js';
import { ROLES } from '../../domain/role.js';
import { hasOurSecret } from '../../domain/secretForms.js';
import { SELLERS } from '../../domain/shop.js';

const LONGEST_NOTE = 2_000;
const LONGEST_EMAIL = 254;
const LONGEST_PASSWORD = 1_024;
const MOST_UNITS = 1_000_000_000;
const MOST_PRODUCTS = 1_000;
const MOST_CODES = 1_000;
const LICENSES_A_PAGE = 50;
const SALES_GROUPS = ['day', 'month', 'plan', 'license', 'order'] as const;
const TOTAL_GROUPS = ['day', 'model', 'provider', 'plan', 'license'] as const;
const MOST_LICENSES_A_PAGE = 200;
const MOST_REQUESTS_A_MINUTE = 1_000_000;
const MOST_GRACE_SECONDS = 30 * 86_400;

/** That it can be stored is checked for all texts alike: see validate.ts. */
export function text(longest: number, shortest = 1) {
  const error = `text of ${shortest} to ${longest} characters`;
  return z.string({ error }).min(shortest, { error }).max(longest, { error });
}

/** Of text that is kept: the audit log and the lists would show a key in it for good. */
function withoutSecrets<Schema extends z.ZodType<string>>(schema: Schema) {
  return schema.refine(value => !hasOurSecret(value), {
    error: 'text without a license key, an API token or a code',
  });
}

function keptText(longest: number, shortest = 1) {
  return withoutSecrets(text(longest, shortest));
}

function integer(least: number, most: number) {
  const error = `an integer from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

const objectError = (issue: z.core.$ZodRawIssue) =>
  issue.code === 'invalid_type' ? 'a JSON object' : undefined;
const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: objectError });

export const email = withoutSecrets(
  z
    .string({ error: 'an e-mail address' })
    .refine(isMailAddress, { error: 'an e-mail address' })
    .meta({ format: 'email', maxLength: LONGEST_EMAIL }),
);
const plan = text(50);
const note = keptText(LONGEST_NOTE, 0);
const instantError = { error: INSTANT_EXPECTED };
const expiresAt = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], instantError)
  .transform(value => new Date(value))
  .refine(isInstant, instantError)
  .nullable();
const provider = z.enum(PROVIDERS, { error: PROVIDERS.join(' | ') });
const limit = integer(0, MOST_UNITS).nullable().optional();

export const sessionBody = object({ email: text(LONGEST_EMAIL), password: text(LONGEST_PASSWORD) });

export const issueBody = object({
  email,
  plan,
  expires_at: expiresAt.optional(),
  note: note.optional(),
});

export const lookupBody = object({ key: text(200) });

export const changeBody = object({
  plan: plan.optional(),
  expires_at: expiresAt.optional(),
  note: note.optional(),
  email: email.optional(),
  limits: object(perProvider(() => limit)).optional(),
  /** Requests a minute. */
  rate_limit: integer(1, MOST_REQUESTS_A_MINUTE).nullable().optional(),
});

export const rotateBody = object({ grace_seconds: integer(0, MOST_GRACE_SECONDS).optional() });
/** Of a rotation: what its caller calls it, so that a repetition is known as one. */
export const rotationName = withoutSecrets(z.string().regex(/^[\x21-\x7e]{1,255}$/));

const password = z
  .string({ error: EXPECTED_PASSWORD })
  .refine(isUsablePassword, { error: EXPECTED_PASSWORD });
const role = z.enum(ROLES, { error: ROLES.join(' | ') });

export const administratorBody = object({ email, password, role });

export const administratorChangeBody = object({
  role: role.optional(),
  disabled: z.boolean({ error: 'true or false' }).optional(),
  password: password.optional(),
});

export const tokenBody = object({
  name: keptText(100),
  role: role.optional(),
  expires_at: expiresAt.optional(),
});

const url = keptText(2_000);
const kindsError = { error: `different kinds of notices: ${NOTICE_KINDS.join(' | ')}` };
/** None named: all of them. */
const kinds = z
  .array(z.enum(NOTICE_KINDS, kindsError), kindsError)
  .refine(list => new Set(list).size === list.length, kindsError)
  .optional();

export const webhookEndpointBody = object({ url, kinds });

export const webhookEndpointChangeBody = object({
  url: url.optional(),
  kinds,
  disabled: z.boolean({ error: 'true or false' }).optional(),
});

export const reasonBody = object({ reason: note.optional() });

const productGrantBody = object({
  product: text(100),
  quantity: integer(1, MOST_PRODUCTS).optional(),
  reason: note.optional(),
});
const unitsGrantBody = object({
  provider,
  units: integer(1, MOST_UNITS),
  reason: keptText(LONGEST_NOTE),
});

export const anyGrantBody = z.union([productGrantBody, unitsGrantBody]);

/** A grant of a product or of units: judged as what it seems to be, so that its faults make sense. */
export function grantBody(body: unknown) {
  const has = (field: string) => typeof body === 'object' && body !== null && field in body;
  return !has('product') && (has('units') || has('provider')) ? unitsGrantBody : productGrantBody;
}

export const codesBody = object({
  product: text(100),
  count: integer(1, MOST_CODES),
  expires_at: expiresAt.optional(),
  note: note.optional(),
});

const pageLimit = z.coerce.number().pipe(integer(1, MOST_LICENSES_A_PAGE)).default(LICENSES_A_PAGE);
const cursor = text(200).optional();
const prefixError = { error: 'the beginning of a key: sahm_live_ and 1 to 4 characters' };

export const listQuery = object({
  email: text(LONGEST_EMAIL).optional(),
  status: z.enum(LICENSE_STATES, { error: LICENSE_STATES.join(' | ') }).optional(),
  plan: text(50).optional(),
  order: text(200).optional(),
  key_prefix: z
    .string()
    .regex(/^sahm_live_[0-9A-Za-z]{1,4}$/, prefixError)
    .optional(),
  key_last4: z
    .string()
    .regex(/^[0-9A-Za-z]{4}$/, { error: 'the last 4 characters of a key' })
    .optional(),
  cursor,
  limit: pageLimit,
});

export const pageQuery = object({ cursor, limit: pageLimit });

/** Pages whose cursor is a number. */
export const auditQuery = object({
  subject: text(200).optional(),
  action: text(100).optional(),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, { error: CURSOR_EXPECTED })
    .optional(),
  limit: pageLimit,
});

const idCursor = z.uuid({ error: CURSOR_EXPECTED }).optional();

/** Pages whose cursor is the id of a request. */
export const requestsQuery = object({ cursor: idCursor, limit: pageLimit });

/** Pages whose cursor is the id of a code. */
export const codesQuery = requestsQuery;

export const purchasesQuery = object({
  outcome: z.enum(OUTCOMES, { error: OUTCOMES.join(' | ') }).optional(),
  shop: z.enum(SELLERS, { error: SELLERS.join(' | ') }).optional(),
  order: text(200).optional(),
  email: text(LONGEST_EMAIL).optional(),
  product: text(200).optional(),
  reason: text(200).optional(),
  cursor: idCursor,
  limit: pageLimit,
});

const licenseId = z.uuid({ error: 'the id of a license' });
/** One of the two. */
export const assignBody = object({
  license_id: licenseId.optional(),
  email: email.optional(),
}).refine(({ license_id, email }) => (license_id === undefined) !== (email === undefined), {
  error: 'license_id or email',
  path: ['email'],
});
export const settleBody = object({ note: keptText(LONGEST_NOTE, 1) });

export const noticesQuery = object({
  license: z.uuid({ error: 'the id of a license' }).optional(),
  kind: z.enum(NOTICE_KINDS, { error: NOTICE_KINDS.join(' | ') }).optional(),
  state: z.enum(DELIVERY_STATES, { error: DELIVERY_STATES.join(' | ') }).optional(),
  cursor: idCursor,
  limit: pageLimit,
});

const dayError = { error: DAY_EXPECTED };
const day = z.iso.date(dayError).refine(isDay, dayError).optional();
export const daysQuery = object({ from: day, to: day });
/** Checked by the report itself. */
export const holderUsageQuery = z.looseObject({
  from: z.unknown().optional(),
  to: z.unknown().optional(),
  group: z.unknown().optional(),
});
const rowsLimit = z.coerce.number().pipe(integer(1, 10_000)).default(1_000);
export const usageQuery = object({
  from: day,
  to: day,
  group: z.enum(TOTAL_GROUPS, { error: TOTAL_GROUPS.join(' | ') }).default('day'),
  limit: rowsLimit,
});
export const salesQuery = object({
  from: day,
  to: day,
  group: z.enum(SALES_GROUPS, { error: SALES_GROUPS.join(' | ') }).default('day'),
  limit: rowsLimit,
});
