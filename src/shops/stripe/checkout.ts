// Sells through Stripe: a checkout session for a product, and the portal where buyers manage their subscriptions.

import type Stripe from 'stripe';
import type { Checkout, CheckoutWish } from '../port.js';
import { type StripeApi, StripeUnreachableError } from './api.js';

const TIMEOUT_MS = 15_000;

export function createStripeCheckout(stripe: StripeApi): Checkout {
  return {
    create: wish => orAway(createSession(stripe, wish)),
    portal: {
      shopName: 'Stripe',
      open: (customer, return_url) =>
        orAway(
          stripe.ask(client =>
            client.billingPortal.sessions.create({ customer, return_url }, { timeout: TIMEOUT_MS }),
          ),
        ),
    },
  };
}

async function createSession(stripe: StripeApi, wish: CheckoutWish) {
  const lookupKey = wish.product.shops.stripe;
  if (typeof lookupKey !== 'string') return null;
  const options = { timeout: TIMEOUT_MS };
  const priced = { lookup_keys: [lookupKey], active: true, limit: 1 };
  const prices = await stripe.ask(client => client.prices.list(priced, options));
  const price = prices?.data[0];
  if (!price) return null;
  const isRecurring = price.type === 'recurring';
  if (isRecurring && wish.isSubscribed && wish.product.kind === 'plan')
    return 'subscribed' as const;
  const wanted = sessionFor(wish, price.id, isRecurring);
  const session = await stripe.ask(client => client.checkout.sessions.create(wanted, options));
  return session?.url ? { url: session.url, sessionId: session.id } : null;
}

async function orAway<Answer>(answer: Promise<Answer>): Promise<Answer | 'away'> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StripeUnreachableError) return 'away';
    throw error;
  }
}

/** Puts our ids into every object to which Stripe does not copy them by itself. */
function sessionFor(
  { product, email, language, customerId, licenseId, claimId, successUrl, cancelUrl }: CheckoutWish,
  price: string,
  isRecurring: boolean,
): Stripe.Checkout.SessionCreateParams {
  const metadata = {
    product_id: product.id,
    quantity: '1',
    ...(licenseId && { license_id: licenseId }),
    ...(claimId && { claim: claimId }),
  };
  return {
    mode: isRecurring ? 'subscription' : 'payment',
    line_items: [{ price, quantity: 1 }],
    // The language is not in the subscription's metadata: its invoices would repeat it long after.
    metadata: { ...metadata, ...(language && { language }) },
    ...(isRecurring ? { subscription_data: { metadata } } : { payment_intent_data: { metadata } }),
    // The same customer for all purchases of a buyer, so that the billing portal has all of them.
    ...(customerId ? { customer: customerId } : newCustomer(email, isRecurring)),
    ...(licenseId && { client_reference_id: licenseId }),
    success_url: successUrl,
    cancel_url: cancelUrl,
  };
}

function newCustomer(email: string | null, isRecurring: boolean) {
  return {
    ...(email && { customer_email: email }),
    ...(!isRecurring && { customer_creation: 'always' as const }),
  };
}
