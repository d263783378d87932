// Begins a purchase through Stripe, for a buyer who is new or for the holder of a license.

import type { Catalog } from '../domain/catalog.js';
import { type Refusal, refuse, refuseField } from '../domain/refusal.js';
import type { StripeCheckout } from '../shops/stripeCheckout.js';
import type { BuyerStore } from '../store/licenses/buyers.js';

export interface CheckoutDeps {
  catalog: () => Catalog;
  buyers: BuyerStore;
  /** Null where Stripe's API is not configured. */
  checkout: StripeCheckout | null;
  publicUrl: string;
}

export interface CheckoutStarted {
  kind: 'started';
  url: string;
  sessionId: string;
}

export async function startCheckout(
  wish: { product: string; email?: string | undefined },
  licenseId: string | null,
  { catalog, buyers, checkout, publicUrl }: CheckoutDeps,
): Promise<CheckoutStarted | Refusal> {
  if (!checkout) return off();
  const product = catalog().products.get(wish.product);
  if (!product?.shops.stripe) {
    return refuseField('product', 'the id of a product that is sold here');
  }
  // Somebody new gets the key right after paying; a holder has it.
  const claim = licenseId === null ? await buyers.prepareClaim() : null;
  const created = await checkout.create({
    product,
    email: licenseId ? await buyers.emailOf(licenseId) : (wish.email ?? null),
    licenseId,
    claimId: claim?.id ?? null,
    successUrl: claim ? `${publicUrl}/claim/${claim.token}` : `${publicUrl}/account`,
    cancelUrl: `${publicUrl}/`,
  });
  if (!created) {
    return refuse('conflict', 'conflict', {
      reason: 'the shop has no active price for this product.',
    });
  }
  return { kind: 'started', ...created };
}

/** Where the holder changes or ends what renews by itself. */
export async function openBillingPortal(
  licenseId: string,
  { buyers, checkout, publicUrl }: CheckoutDeps,
): Promise<{ kind: 'opened'; url: string } | Refusal> {
  if (!checkout) return off();
  const customer = await buyers.customer('stripe', licenseId);
  const url = customer ? await checkout.portal(customer, `${publicUrl}/account`) : null;
  if (url) return { kind: 'opened', url };
  return refuse('conflict', 'conflict', { reason: 'nothing was bought through Stripe.' });
}

function off(): Refusal {
  return refuse('service_unavailable', 'service_unavailable', {});
}
