// The schemas of what administration accepts about licenses, their keys and grants. Unknown fields are refused.

import { z } from 'zod';
import {
  LICENSE_STATES,
  LICENSE_TRANSITIONS,
  type LicenseTransition,
} from '../../domain/license.js';
import { perProvider, QUOTA_KEYS, type QuotaKey, WALLET } from '../../domain/provider.js';
import {
  cursor,
  email,
  end,
  expiresAt,
  integer,
  keptText,
  LONGEST_EMAIL,
  LONGEST_NOTE,
  note,
  object,
  pageLimit,
  text,
  withoutSecrets,
  yesOrNo,
} from '../kernel/inputForms.js';

const TRANSITIONS = Object.keys(LICENSE_TRANSITIONS) as LicenseTransition[];
const MOST_UNITS = 1_000_000_000;
/** A million dollars, in micro-dollars. */
const MOST_MICRODOLLARS = 1_000_000_000_000;
const MOST_PRODUCTS = 1_000;
const MOST_REQUESTS_A_MINUTE = 1_000_000;
const MOST_REQUESTS_AT_ONCE = 100_000;
const MOST_GRACE_SECONDS = 30 * 86_400;

const plan = text(50);

const limit = integer(0, MOST_UNITS).nullable().optional();

export const issueBody = object({
  email,
  plan,
  expires_at: expiresAt.optional(),
  note: note.optional(),
});

export const lookupBody = object({ key: text(200) });

const rehearse = yesOrNo.describe(
  'true: only tells what the change would do, and what it would take from a customer who paid',
);

const confirm = yesOrNo.describe(
  'true: also an end in the past for a license whose plan is paid for',
);

const walletLimit = integer(0, MOST_MICRODOLLARS).nullable().optional();

const LIMIT_NEEDED = 'a number or null for one provider at least';

const limits = object({
  ...perProvider(() =>
    limit.describe('Requests a month in place of the plan’s allowance; null: the plan’s allowance'),
  ),
  all: walletLimit.describe(
    'Of a plan that sells money: micro-dollars a month (1000000 is a dollar) in place of the plan’s; null: the plan’s',
  ),
  until: end
    .optional()
    .describe('The last day (or instant) of these limits; then the plan’s allowance counts again'),
}).refine(
  ({ until, ...units }) =>
    until === undefined || Object.values(units).some(each => each !== undefined),
  { error: LIMIT_NEEDED, path: ['until'] },
);

const changeFields = {
  plan: plan
    .optional()
    .describe('The code of a plan. Without plan_until it is the license’s own from now on'),
  plan_until: end
    .nullable()
    .optional()
    .describe(
      'The last day (or instant) of the plan; then the license has again the plan and the expiry that it would have without. Alone it moves the end of a plan that is given for a time; null ends it now',
    ),
  expires_at: expiresAt
    .optional()
    .describe('The last day (or instant) of the license; null: it does not end'),
  note: note.optional().describe('A note of the administrators; buyers do not see it'),
  email: email.optional().describe('Gives the license to the buyer of this address'),
  limits: limits.optional().describe('Monthly limits of its own'),
  rate_limit: integer(1, MOST_REQUESTS_A_MINUTE)
    .nullable()
    .optional()
    .describe('Requests a minute; null: no limit of its own'),
  concurrency: integer(1, MOST_REQUESTS_AT_ONCE)
    .nullable()
    .optional()
    .describe('Requests at once; null: no limit of its own'),
};

export const changeBody = object({
  ...changeFields,
  rehearse: rehearse.optional(),
  confirm: confirm.optional(),
});

/** A day to replace the key everywhere. For a leaked key, callers send 0. */
export const DEFAULT_GRACE_SECONDS = 86_400;

export const rotateBody = object({ grace_seconds: integer(0, MOST_GRACE_SECONDS).optional() });

const namedKeyFields = {
  limits: object({
    ...perProvider(() => limit),
    all: walletLimit.describe('Of a plan that sells money: micro-dollars a month; null: none'),
  }).optional(),
  /** Requests a minute. */
  rate_limit: integer(1, MOST_REQUESTS_A_MINUTE).nullable().optional(),
};

/** Two names that look the same are one. */
const keyName = keptText(100).transform(name => name.trim().normalize('NFC'));

export const namedKeyBody = object({ name: keyName, ...namedKeyFields });

export const namedKeyChangeBody = object({ name: keyName.optional(), ...namedKeyFields });

/** The caller's name for a rotation, by which a repetition is recognized. */
export const rotationName = withoutSecrets(z.string().regex(/^[\x21-\x7e]{1,255}$/));

export const undoBody = object({ rehearse: rehearse.optional(), confirm: confirm.optional() });

export const reasonBody = object({
  reason: note.optional().describe('Why; the audit log and the timeline show it'),
  rehearse: rehearse.optional(),
});

const grantEnd = {
  expires_at: end
    .optional()
    .describe('The last day (or instant) of it; then what is left of it is taken back'),
};
const givenProduct = {
  product: text(100),
  quantity: integer(1, MOST_PRODUCTS).optional(),
  ...grantEnd,
};

const productGrantBody = object({ ...givenProduct, reason: note.optional() });

const givenUnits = {
  provider: z
    .enum(QUOTA_KEYS, { error: QUOTA_KEYS.join(' | ') })
    .describe('all: of a plan that sells money'),
  units: integer(1, MOST_MICRODOLLARS).describe(
    'Requests; of all micro-dollars, 1000000 is a dollar',
  ),
  ...grantEnd,
};
const areNotTooMany = ({ provider, units }: { provider: QuotaKey; units: number }) =>
  provider === WALLET || units <= MOST_UNITS;
const tooMany = { error: `an integer from 1 to ${MOST_UNITS}`, path: ['units'] };

const unitsGrantBody = object({ ...givenUnits, reason: keptText(LONGEST_NOTE) }).refine(
  areNotTooMany,
  tooMany,
);

export const anyGrantBody = z.union([productGrantBody, unitsGrantBody]);

/** The schema for a grant of a product or of units. Chosen by the body's fields, so that faults make sense. */
export function grantBody(body: unknown) {
  const has = (field: string) => typeof body === 'object' && body !== null && field in body;
  return !has('product') && (has('units') || has('provider')) ? unitsGrantBody : productGrantBody;
}

export const MOST_BULK_LINES = 1_000;
const MOST_FILE_CHARACTERS = 500_000;
const ACTIONS = [...TRANSITIONS, 'undo'] as const;
const LINE_KINDS = 'one of: fields of a change, action, grant';

/** One line of a bulk change. It has the fields of a change, an action, or a grant. */
export const bulkLine = object({
  license: text(LONGEST_EMAIL),
  ...changeFields,
  action: z.enum(ACTIONS, { error: ACTIONS.join(' | ') }).optional(),
  reason: note.optional(),
  grant: z
    .union([object(givenProduct), object(givenUnits).refine(areNotTooMany, tooMany)], {
      error: 'a product with a quantity, or a provider with units',
    })
    .optional(),
}).refine(
  ({ license: _license, reason: _reason, action, grant, ...change }) =>
    [action, grant, Object.values(change).some(each => each !== undefined) || undefined].filter(
      each => each !== undefined,
    ).length === 1,
  { error: LINE_KINDS, path: ['action'] },
);

export const bulkBody = object({
  changes: z
    .array(z.record(z.string(), z.unknown()), { error: 'a list of objects' })
    .optional()
    .describe(
      'Each {license (id or e-mail), and the fields of a change of a license (plan, plan_until, expires_at, note, email, limits, rate_limit, concurrency), or action (suspend, reinstate, revoke with reason; undo: takes its last change back), or grant {product, quantity} or {provider, units}, with expires_at where it is for a time, and reason; limits.all and the provider all are in micro-dollars, of plans that sell money}',
    ),
  file: text(MOST_FILE_CHARACTERS)
    .optional()
    .describe(
      'The same as CSV with a header (license,plan,plan_until,…; inner fields as limits.openai, grant.product; an empty field changes nothing), as JSON lines, or as a JSON array',
    ),
  key: keptText(200).optional().meta({
    description:
      'Your name of this change: the same again changes nothing, and answers what came of it',
    'x-needed-without': 'rehearse',
  }),
  rehearse: rehearse.optional(),
  confirm: confirm.optional(),
});

const prefixError = { error: 'the beginning of a key: sahm_live_ and 1 to 4 characters' };

export const keyPrefix = z
  .string()
  .regex(/^sahm_live_[0-9A-Za-z]{1,4}$/, prefixError)
  .optional();

export const keyLast4 = z
  .string()
  .regex(/^[0-9A-Za-z]{4}$/, { error: 'the last 4 characters of a key' })
  .optional();

export const listQuery = object({
  email: text(LONGEST_EMAIL).optional(),
  status: z.enum(LICENSE_STATES, { error: LICENSE_STATES.join(' | ') }).optional(),
  plan: text(50).optional(),
  order: text(200).optional(),
  expires_by: end
    .optional()
    .describe('The license ends by then: on this day, which is included, or earlier'),
  key_prefix: keyPrefix,
  key_last4: keyLast4,
  cursor,
  limit: pageLimit,
});
