// The fields of Stripe's objects that we read, in the API versions from 2022-11-15 to 2026-10-28. Some fields moved
// between versions; they are read from both places and returned in one form.

import { z } from 'zod';
import { currencyOf } from '../../domain/money.js';
import { MOST_QUANTITY } from '../../domain/purchase.js';
import { id, quantity, unixSeconds as seconds, text } from '../fields.js';

/** An id, or the object that was expanded in its place. */
const reference = z
  .union([id, z.looseObject({ id }).transform(object => object.id)])
  .nullish()
  .transform(value => value ?? undefined);
/** Shops may have fields of their own there. */
const metadata = z
  .looseObject({
    product_id: text.optional(),
    license_id: text.optional(),
    claim: text.optional(),
    language: z.unknown().optional(),
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
  has_more: z.boolean().nullish(),
});
export type LineItems = z.infer<typeof lineItems>['data'];

export const priceShape = price;

export const sessionShape = z.looseObject({
  id,
  mode: z.string(),
  payment_status: z.string(),
  payment_intent: reference,
  subscription: reference,
  invoice: reference,
  customer: reference,
  customer_email: text.nullish(),
  customer_details: z.looseObject({ email: text.nullish() }).nullish(),
  client_reference_id: z.string().nullish(),
  locale: z.unknown().optional(),
  amount_total: money.nullish(),
  total_details: z.looseObject({ amount_tax: money.nullish() }).nullish(),
  currency,
  metadata,
  line_items: lineItems.nullish(),
});
export type Session = z.infer<typeof sessionShape>;

const period = z.looseObject({ start: seconds, end: seconds });

/** The source of a line, in newer versions. */
const itemDetails = z
  .looseObject({
    proration: z.boolean().nullish(),
    invoice_item: reference,
    subscription_item: reference,
    proration_details: z.looseObject({ credited_items: z.unknown() }).nullish(),
  })
  .nullish();

const invoiceLine = z
  .looseObject({
    amount: z.int(),
    quantity: quantity.nullish(),
    period,
    metadata,
    // In versions before 2025-03-31.
    price: price.nullish(),
    plan: price.nullish(),
    proration: z.boolean().nullish(),
    invoice_item: reference,
    type: z.string().nullish(),
    proration_details: z.looseObject({ credited_items: z.unknown() }).nullish(),
    // In later versions.
    pricing: z
      .looseObject({ price_details: z.looseObject({ price: reference }).nullish() })
      .nullish(),
    parent: z
      .looseObject({
        subscription_item_details: itemDetails,
        invoice_item_details: itemDetails,
      })
      .nullish(),
  })
  .transform(line => {
    const ofSubscription = line.parent?.subscription_item_details;
    const details = ofSubscription ?? line.parent?.invoice_item_details;
    const isProration = (line.proration ?? details?.proration) === true;
    const credited = line.proration_details ?? details?.proration_details;
    return {
      amount: line.amount,
      quantity: Math.max(1, line.quantity ?? 1),
      period: line.period,
      productId: line.metadata.product_id,
      /** The price if the event contains it; else only its id is known. */
      price: line.price ?? line.plan ?? null,
      priceId: line.pricing?.price_details?.price ?? line.price?.id ?? line.plan?.id,
      isProration,
      isCredit: line.amount < 0 || (isProration && credited?.credited_items != null),
      invoiceItem: line.invoice_item ?? details?.invoice_item,
      isOfSubscription: ofSubscription != null || line.type === 'subscription',
    };
  });
export type InvoiceLine = z.infer<typeof invoiceLine>;

export const invoiceLines = z.looseObject({
  data: z.array(invoiceLine),
  has_more: z.boolean().nullish(),
});

const subscriptionDetails = z.looseObject({ subscription: reference, metadata }).nullish();

export const invoiceShape = z
  .looseObject({
    id,
    customer: reference,
    customer_email: text.nullish(),
    billing_reason: z.string().nullish(),
    amount_paid: money,
    currency,
    created: seconds,
    status_transitions: z.looseObject({ paid_at: seconds.nullish() }).nullish(),
    metadata,
    lines: invoiceLines,
    // Until 2025-03-31.
    subscription: reference,
    subscription_details: subscriptionDetails,
    payment_intent: reference,
    tax: z.int().nullish(),
    // In later versions.
    parent: z.looseObject({ subscription_details: subscriptionDetails }).nullish(),
    payments: z
      .looseObject({
        data: z.array(
          z.looseObject({ payment: z.looseObject({ payment_intent: reference }).nullish() }),
        ),
      })
      .nullish(),
    total_taxes: z.array(z.looseObject({ amount: z.int() })).nullish(),
  })
  .transform(({ parent, payments, ...invoice }) => {
    const taxes = invoice.total_taxes?.reduce((sum, { amount }) => sum + amount, 0);
    const details = parent?.subscription_details ?? invoice.subscription_details;
    return {
      ...invoice,
      subscription: parent?.subscription_details?.subscription ?? invoice.subscription,
      subscriptionMetadata: details?.metadata ?? {},
      paymentIntent: invoice.payment_intent ?? payments?.data[0]?.payment?.payment_intent,
      taxAmount: invoice.tax ?? taxes,
    };
  });
export type Invoice = z.infer<typeof invoiceShape>;

/** An item of the next invoice. */
export const invoiceItemShape = z
  .looseObject({
    id,
    amount: z.int(),
    date: seconds,
    period,
    proration: z.boolean().nullish(),
    quantity: quantity.nullish(),
    subscription: reference,
    price: price.nullish(),
    parent: z.looseObject({ subscription_details: subscriptionDetails }).nullish(),
    pricing: z
      .looseObject({ price_details: z.looseObject({ price: reference }).nullish() })
      .nullish(),
  })
  .transform(item => ({
    id: item.id,
    amount: item.amount,
    date: item.date,
    period: item.period,
    isProration: item.proration === true,
    quantity: Math.max(1, item.quantity ?? 1),
    subscription: item.parent?.subscription_details?.subscription ?? item.subscription,
    price: item.price ?? null,
    priceId: item.pricing?.price_details?.price ?? item.price?.id,
  }));
export type InvoiceItem = z.infer<typeof invoiceItemShape>;

export const subscriptionShape = z.looseObject({
  id,
  customer: reference,
  status: z.string(),
  ended_at: seconds.nullish(),
  canceled_at: seconds.nullish(),
  cancel_at_period_end: z.boolean().nullish(),
  metadata,
  items: z
    .looseObject({
      data: z.array(
        z.looseObject({
          quantity: quantity.nullish(),
          price: price.nullish(),
          plan: price.nullish(),
        }),
      ),
    })
    .nullish(),
});
export type Subscription = z.infer<typeof subscriptionShape>;

export const chargeShape = z.looseObject({
  id,
  amount: money,
  amount_refunded: money,
  currency,
  payment_intent: reference,
  // Until 2025-03-31.
  invoice: reference,
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
  data: z.looseObject({
    object: z.unknown(),
    previous_attributes: z.record(z.string(), z.unknown()).nullish().catch(null),
  }),
});

/** An event that names its object, but does not contain it. */
export const thinEventShape = z.looseObject({
  object: z.literal('v2.core.event'),
  type: z.string(),
});
export type StripeEvent = z.infer<typeof eventShape>;
