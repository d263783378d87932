// The schemas of statements and receipts. Signed texts have their fields in this order.

import { z } from 'zod';
import { PROVIDERS } from '../../domain/provider.js';
import { count, id, instant, text } from '../kernel/wireForms.js';
import { balanceLine, bucket } from '../wire.js';

const provider = z.enum(PROVIDERS);
const signedUnit = z.enum(['request', 'microusd']);
const version = z.literal(1);
const issuer = z.strictObject({ url: text, name: text.nullable() });
const jws = text.meta({
  description: 'An Ed25519 signature of it in the compact form of RFC 7515',
});

const receipt = z.strictObject({
  version,
  issuer,
  license: id,
  request_id: id,
  hold: id,
  period: text,
  at: instant,
  ended_at: instant,
  provider,
  model: text,
  outcome: z.enum(['posted', 'voided', 'expired']),
  reason: text.nullable(),
  unit: signedUnit,
  /** The units that were charged; 0 if the request was free. */
  units: count,
  prompt_tokens: count.nullable(),
  completion_tokens: count.nullable(),
  cost_microusd: count.nullable().optional(),
  bucket,
  grant: id.nullable(),
});
export type ReceiptWire = z.input<typeof receipt>;
export const receiptAnswer = z.strictObject({ receipt, jws });

const listed = z.strictObject({
  request_id: id,
  at: instant,
  provider,
  model: text,
  unit: signedUnit,
  units: count,
  prompt_tokens: count.nullable(),
  completion_tokens: count.nullable(),
  cost_microusd: count.nullable().optional(),
});
export type ListedWire = z.input<typeof listed>;

const total = z.strictObject({
  provider,
  model: text,
  unit: signedUnit,
  requests: count,
  units: count,
  prompt_tokens: count,
  completion_tokens: count,
  cost_microusd: count.optional(),
});

const month = {
  period: text,
  /** Null for the first month of all. */
  begins_at: instant.nullable(),
  ends_at: instant,
  is_final: z.boolean(),
};
const statement = z.strictObject({
  version,
  issuer,
  license: id,
  ...month,
  time_zone: text,
  as_of: instant,
  unit: signedUnit,
  /** Null if the notes of changes do not reach back to this month. */
  balance: z
    .strictObject({ opening: count, closing: count, lines: z.array(balanceLine) })
    .nullable(),
  totals: z.array(total),
  /** The SHA-256, in hex, of the lines of `requests`, each with a line feed. */
  requests: z.strictObject({ count, sha256: text }),
});
export type StatementWire = z.input<typeof statement>;
export const statementAnswer = z.strictObject({ requests: z.array(listed), statement, jws });

export const statementsAnswer = z.strictObject({ statements: z.array(z.strictObject(month)) });
export type MonthWire = z.input<typeof statementsAnswer>['statements'][number];

export const keysAnswer = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: text,
      kid: text,
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
    }),
  ),
});
