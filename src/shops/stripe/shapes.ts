// The fields of Stripe's objects that we read, as they are in API version 2026-10-28 and, where it costs
// nothing, as they were before.

import { z } from 'zod';
import { currencyOf } from '../../domain/money.js';
import { MOST_QUANTITY } from '../../domain/purchase.js';
import { id, quantity, unixSeconds as seconds, text } from '../fields.js';

/** An id, or the object that was expanded in its place. */
const reference = z
  .union([id, z.looseObject({ id }).transform(object => object.id)])
  .nullish()
  .transform(value => value ?? undefined);
/** What a shop puts there beside is its own. */
const metadata = z
  .looseObject({
    product_id: text.optional(),
    license_id: text.optional(),
    claim: text.optional(),
    quantity: text
      .refine(count => !(Number(count) > MOST_QUANTITY), { error: `at most ${MOST_QUANTITY}` })
      .optional(),
  })
  .nullish()
  .transform(value => value ?? {});
const money = z.int().nonnegative();
const currency = z.unknown().optional().transform(currencyOf);

const price = z.looseObject({
  id,
  lookup_key: text.nullish(),
  metadata,
  product: z.union([id, z.looseObject({ id, metadata })]).nullish(),
});
export type Price = z.infer<typeof price>;

export const lineItems = z.looseObject({
  data: z.array(
    z.looseObject({ id, quantity: quantity.nonnegative().nullish(), price: price.nullish() }),
  ),
});
export type LineItems = z.infer<typeof lineItems>['data'];

export const priceShape = price;

export const sessionShape = z.looseObject({
  id,
  mode: z.string(),
  payment_status: z.string(),
  payment_intent: reference,
  subscription: reference,
  customer: reference,
  customer_email: text.nullish(),
  customer_details: z.looseObject({ email: text.nullish() }).nullish(),
  client_reference_id: z.string().nullish(),
  amount_total: money.nullish(),
  currency,
  metadata,
  line_items: lineItems.nullish(),
});
export type Session = z.infer<typeof sessionShape>;

const period = z.looseObject({ start: seconds, end: seconds });
export const invoiceShape = z.looseObject({
  id,
  customer: reference,
  customer_email: text.nullish(),
  billing_reason: z.string().nullish(),
  amount_paid: money,
  currency,
  created: seconds,
  status_transitions: z.looseObject({ paid_at: seconds.nullish() }).nullish(),
  metadata,
  parent: z
    .looseObject({
      subscription_details: z.looseObject({ subscription: reference, metadata }).nullish(),
    })
    .nullish(),
  lines: z.looseObject({
    data: z.array(
      z.looseObject({
        amount: z.int(),
        quantity: quantity.nullish(),
        period,
        metadata,
        pricing: z
          .looseObject({ price_details: z.looseObject({ price: reference }).nullish() })
          .nullish(),
      }),
    ),
  }),
});
export type Invoice = z.infer<typeof invoiceShape>;

export const subscriptionShape = z.looseObject({
  id,
  customer: reference,
  status: z.string(),
  ended_at: seconds.nullish(),
  canceled_at: seconds.nullish(),
  cancel_at_period_end: z.boolean().nullish(),
  metadata,
});

export const chargeShape = z.looseObject({
  id,
  amount: money,
  amount_refunded: money,
  currency,
  payment_intent: reference,
});

export const refundShape = z.looseObject({
  id,
  amount: money,
  currency,
  charge: reference,
  payment_intent: reference,
  status: z.string().nullish(),
  created: seconds,
});

export const disputeShape = z.looseObject({
  id,
  amount: money,
  currency,
  charge: reference,
  payment_intent: reference,
  status: z.string(),
  created: seconds,
});

export const eventShape = z.looseObject({
  id,
  type: z.string(),
  created: seconds,
  livemode: z.boolean(),
  account: z.string().nullish(),
  data: z.looseObject({ object: z.unknown() }),
});
export type StripeEvent = z.infer<typeof eventShape>;
