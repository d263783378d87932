// The schemas of the answers of administration, also for the OpenAPI document.

import { z } from 'zod';
import { RUN_OUTCOMES } from '../../domain/jobRun.js';
import { DELIVERY_STATES, NOTICE_KINDS } from '../../domain/notice.js';
import { PROVIDERS } from '../../domain/provider.js';
import { CODE_STATES } from '../../domain/redemptionCode.js';
import { ROLES } from '../../domain/role.js';
import { SHOPS } from '../../domain/shop.js';
import { anything, count, id, instant, page, range, text } from '../kernel/wireForms.js';
import { consequence } from '../wire.js';

const role = z.enum(ROLES);

export const sessionAnswer = z.strictObject({
  token: text,
  token_type: z.literal('Bearer'),
  expires_at: instant,
  role,
});

export type SessionWire = z.input<typeof sessionAnswer>;

export const secondFactorAnswer = z.strictObject({
  enabled: z.boolean(),
  recovery_codes_left: count,
});
export const secondFactorBegunAnswer = z.strictObject({ secret: text, uri: text });
export const recoveryCodesAnswer = z.strictObject({ recovery_codes: z.array(text) });

const administrator = z.strictObject({
  id,
  email: text,
  role,
  disabled: z.boolean(),
  second_factor: z.boolean(),
  created_at: instant,
});
export type AdministratorWire = z.input<typeof administrator>;
export const administratorAnswer = z.strictObject({ administrator });
export const administratorsAnswer = z.strictObject({ administrators: z.array(administrator) });

export const tokenAnswer = z.strictObject({
  id,
  name: text,
  role,
  last4: text,
  email: text,
  created_at: instant,
  expires_at: instant,
  revoked_at: instant.nullable(),
});
export type TokenWire = z.input<typeof tokenAnswer>;
export const tokensAnswer = z.strictObject({ tokens: z.array(tokenAnswer) });
export const tokenMadeAnswer = tokenAnswer.extend({ token: text });

const webhookEndpoint = z.strictObject({
  id,
  url: text,
  kinds: z.array(z.enum(NOTICE_KINDS)),
  disabled: z.boolean(),
  created_at: instant,
});
export type WebhookEndpointWire = z.input<typeof webhookEndpoint>;
export const webhookEndpointAnswer = z.strictObject({ webhook_endpoint: webhookEndpoint });
export const webhookEndpointMadeAnswer = webhookEndpointAnswer.extend({ secret: text });
export const webhookEndpointsAnswer = z.strictObject({
  webhook_endpoints: z.array(webhookEndpoint),
});

const notice = z.strictObject({
  id,
  kind: z.enum(NOTICE_KINDS),
  license_id: id.nullable(),
  occurred_at: instant,
  details: anything,
  deliveries: z.array(
    z.strictObject({
      channel: z.enum(['mail', 'webhook']),
      webhook_endpoint: id.nullable(),
      state: z.enum(DELIVERY_STATES),
      attempts: count,
      status: count.nullable(),
      error: text,
      due_at: instant.nullable(),
      ended_at: instant.nullable(),
    }),
  ),
});
export type NoticeWire = z.input<typeof notice>;
export const noticeAnswer = z.strictObject({ notice });
export const noticesAnswer = page({ notices: z.array(notice) });

export const refusalsAnswer = z.strictObject({
  ...range,
  rows: z.array(
    z.strictObject({
      key: z.iso.date(),
      code: text,
      reason: text,
      dialect: text,
      provider: text,
      requests: count,
    }),
  ),
});
export const salesAnswer = z.strictObject({
  ...range,
  group: text,
  rows: z.array(
    z.strictObject({
      key: text,
      cost_microusd: count,
      sold: z.array(
        z.strictObject({
          currency: text,
          payments: count,
          paid: count,
          refunded: count,
          tax: count.optional(),
        }),
      ),
      left_out: count.optional(),
    }),
  ),
});

export const shopCheckAnswer = z.strictObject({
  shop: z.enum(SHOPS),
  ok: z.boolean(),
  checks: z.array(z.strictObject({ name: text, ok: z.boolean(), says: text })),
});

const run = z.strictObject({
  started_at: instant,
  finished_at: instant.nullable(),
  outcome: z.enum(RUN_OUTCOMES),
  result: z.unknown(),
});
export type JobRunWire = z.input<typeof run>;
export const jobsAnswer = z.strictObject({
  jobs: z.array(z.strictObject({ name: text, schedule: text, last_run: run.nullable() })),
});
export const jobRunAnswer = z.union([
  z.strictObject({ name: text, outcome: z.literal('done'), result: z.unknown() }),
  z.strictObject({ name: text, outcome: z.literal('failed'), reason: text }),
]);
export const upstreamsAnswer = z.strictObject({
  upstreams: z.array(
    z.strictObject({
      provider: z.enum(PROVIDERS),
      /** `reason` as in the log, such as `status_402`; `words` are the upstream's own, cleaned. */
      last_failure: z
        .strictObject({
          at: instant,
          model: text,
          code: text,
          reason: text,
          words: text.nullable(),
        })
        .nullable(),
    }),
  ),
});
export const verifyAnswer = z.strictObject({ ok: z.boolean(), problems: z.array(text) });
export const catalogAnswer = z.strictObject({
  plans: z.array(anything),
  products: z.array(anything),
  models: z.array(anything),
});
export const catalogCheckAnswer = z.strictObject({
  ok: z.boolean(),
  faults: z.array(text),
  changed: z.boolean(),
});
export const auditAnswer = page({
  entries: z.array(
    z.strictObject({
      id: text,
      at: instant,
      actor: text,
      address: text,
      action: text,
      subject: text,
      email: text.nullable(),
      before: z.unknown(),
      after: z.unknown(),
    }),
  ),
});

const purchase = z.strictObject({
  id,
  shop: text,
  topic: text.nullable(),
  order: text.nullable(),
  outcome: text,
  reason: text.nullable(),
  attempts: count,
  received_at: instant,
  settled_at: instant.nullable(),
  waits_until: instant.nullable(),
});
export type PurchaseWire = z.input<typeof purchase>;
export const purchasesAnswer = page({ purchases: z.array(purchase) });
export const purchaseAnswer = z.strictObject({
  purchase: purchase.extend({
    /** What would be accepted of the event now. */
    acts: z.array(z.enum(['assign', 'replay', 'settle'])).optional(),
    headers: anything.optional(),
    body: text.optional(),
    body_base64: text.optional(),
  }),
});

const bulkLine = z.strictObject({
  /** The line in the file, or the place in the list, counted from 1. */
  line: count,
  /** Null if the line names no known license. */
  license: id.nullable(),
  outcome: z.enum(['changed', 'unchanged', 'refused']),
  code: text.optional(),
  message: text.optional(),
  field: text.optional(),
  /** What the line changes, as the audit log tells it; of a grant only `after`. */
  before: anything.optional(),
  after: anything.optional(),
  /** Only in a rehearsal: what the line would take from a customer who paid. */
  consequences: z.array(consequence).optional(),
});
export type BulkLineWire = z.input<typeof bulkLine>;
export const bulkAnswer = z.strictObject({
  rehearsed: z.boolean(),
  changed: count,
  unchanged: count,
  refused: count,
  lines: z.array(bulkLine),
});
export type BulkWire = z.input<typeof bulkAnswer>;

export const codesMadeAnswer = z.strictObject({ codes: z.array(text) });
const code = z.strictObject({
  id,
  product: text,
  state: z.enum(CODE_STATES),
  license_id: id.nullable(),
  created_at: instant,
  expires_at: instant.nullable(),
  used_at: instant.nullable(),
  note: text,
});
export type CodeWire = z.input<typeof code>;
export const codeAnswer = z.strictObject({ code });
export const codesAnswer = page({ codes: z.array(code) });
