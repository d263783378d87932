// The schemas of what administration accepts. Unknown fields are refused.

import { z } from 'zod';
import { AUDITED_ACTIONS } from '../../domain/auditedAction.js';
import { OUTCOMES } from '../../domain/delivery.js';
import { DELIVERY_STATES, NOTICE_KINDS } from '../../domain/notice.js';
import { CURSOR_EXPECTED } from '../../domain/page.js';
import { EXPECTED_PASSWORD, isUsablePassword } from '../../domain/password.js';
import { SALES_GROUPS, TOTAL_GROUPS, TOTAL_SORTS } from '../../domain/reportGroups.js';
import { ROLES } from '../../domain/role.js';
import { SELLERS } from '../../domain/shop.js';
import {
  day,
  email,
  expiresAt,
  idCursor,
  integer,
  keptText,
  LONGEST_EMAIL,
  LONGEST_NOTE,
  moment,
  note,
  object,
  pageLimit,
  ranged,
  text,
  yesOrNo,
} from '../kernel/inputForms.js';
import { keyLast4, keyPrefix } from './licenseSchemas.js';

const LONGEST_PASSWORD = 1_024;
const MOST_CODES = 1_000;

const typedPassword = text(LONGEST_PASSWORD).describe('Your password as it is now');

const code = text(40).describe(
  'A code of your app (or a recovery code), once the second factor is on',
);

export const sessionBody = object({
  email: text(LONGEST_EMAIL),
  password: text(LONGEST_PASSWORD),
  code: code.optional(),
});

export const ownPasswordBody = object({ password: typedPassword });

export const secondFactorCodeBody = object({
  code: text(40).describe('The code that the app shows now'),
});

export const secondFactorRemovalBody = object({ password: typedPassword, code });

const password = z
  .string({ error: EXPECTED_PASSWORD })
  .refine(isUsablePassword, { error: EXPECTED_PASSWORD });

const role = z.enum(ROLES, { error: ROLES.join(' | ') });

export const newPasswordBody = object({
  password: typedPassword,
  new_password: password.describe('The new one: 12 characters or more'),
});

export const administratorBody = object({ email, password, role });

export const administratorChangeBody = object({
  role: role.optional(),
  disabled: yesOrNo.optional(),
  password: password.optional(),
});

export const tokenBody = object({
  name: keptText(100),
  role: role.optional(),
  expires_at: expiresAt.optional(),
});

const url = keptText(2_000);

const kindsError = { error: `different kinds of notices: ${NOTICE_KINDS.join(' | ')}` };

/** Without a value, all kinds. */
const kinds = z
  .array(z.enum(NOTICE_KINDS, kindsError), kindsError)
  .refine(list => new Set(list).size === list.length, kindsError)
  .optional();

export const webhookEndpointBody = object({ url, kinds });

export const webhookEndpointChangeBody = object({
  url: url.optional(),
  kinds,
  disabled: yesOrNo.optional(),
});

export const codesBody = object({
  product: text(100),
  count: integer(1, MOST_CODES),
  expires_at: expiresAt.optional(),
  note: note.optional(),
});

const licenseId = z.uuid({ error: 'the id of a license' });

const licenseFilter = licenseId.optional();

/** The query of pages whose cursor is a number. */
export const auditQuery = ranged({
  subject: text(200).optional(),
  license: licenseFilter,
  email: text(LONGEST_EMAIL).optional(),
  key_prefix: keyPrefix,
  key_last4: keyLast4,
  actor: text(LONGEST_EMAIL).optional(),
  action: z.enum(AUDITED_ACTIONS, { error: AUDITED_ACTIONS.join(' | ') }).optional(),
  from: moment,
  to: moment,
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, { error: CURSOR_EXPECTED })
    .optional(),
  limit: pageLimit,
});

export const purchasesQuery = object({
  outcome: z.enum(OUTCOMES, { error: OUTCOMES.join(' | ') }).optional(),
  shop: z.enum(SELLERS, { error: SELLERS.join(' | ') }).optional(),
  order: text(200).optional(),
  email: text(LONGEST_EMAIL).optional(),
  product: text(200).optional(),
  reason: text(200).optional().describe('Why it waits or failed, as the list says it'),
  cursor: idCursor,
  limit: pageLimit,
});

/** Exactly one of the two fields. */
export const assignBody = object({
  license_id: licenseId.optional(),
  email: email.optional(),
}).refine(({ license_id, email }) => (license_id === undefined) !== (email === undefined), {
  error: 'license_id or email',
  path: ['email'],
});

export const settleBody = object({ note: keptText(LONGEST_NOTE, 1) });

export const noticesQuery = object({
  license: licenseFilter,
  kind: z.enum(NOTICE_KINDS, { error: NOTICE_KINDS.join(' | ') }).optional(),
  state: z.enum(DELIVERY_STATES, { error: DELIVERY_STATES.join(' | ') }).optional(),
  cursor: idCursor,
  limit: pageLimit,
});

export const refusalTotalsQuery = ranged({ from: day, to: day, license: licenseFilter });

export const exportQuery = ranged({
  license: licenseFilter,
  from: moment.describe('The first day: of requests, of issued licenses, of what shops reported'),
  to: moment.describe('The last day'),
});

const rowsLimit = z.coerce.number().pipe(integer(1, 10_000)).default(1_000);

export const usageQuery = ranged({
  from: day,
  to: day,
  group: z.enum(TOTAL_GROUPS, { error: TOTAL_GROUPS.join(' | ') }).default('day'),
  license: licenseFilter,
  sort: z
    .enum(TOTAL_SORTS, { error: TOTAL_SORTS.join(' | ') })
    .default('requests')
    .describe('What the rows have most of that come first; days stay in their order'),
  limit: rowsLimit,
});

export const salesQuery = ranged({
  from: day,
  to: day,
  group: z.enum(SALES_GROUPS, { error: SALES_GROUPS.join(' | ') }).default('day'),
  limit: rowsLimit,
});
