// Begins a purchase in a shop, for a buyer who is new or for the holder of a license.

import type { Catalog } from '../domain/catalog.js';
import type { Language } from '../domain/language.js';
import { type Refusal, refuse, refuseField } from '../domain/refusal.js';
import { OFF_RETRY_SECONDS, SHOPS } from '../domain/shop.js';
import type { Shops } from '../shops/port.js';
import type { BuyerStore } from '../store/licenses/buyers.js';

export interface CheckoutDeps {
  catalog: () => Catalog;
  buyers: BuyerStore;
  shops: Shops;
  publicUrl: string;
}

export interface CheckoutStarted {
  kind: 'started';
  url: string;
  sessionId: string;
}

/** Uses the first shop with a checkout that sells the product. */
export async function startCheckout(
  wish: { product: string; email?: string | undefined; language?: Language | null },
  licenseId: string | null,
  { catalog, buyers, shops, publicUrl }: CheckoutDeps,
): Promise<CheckoutStarted | Refusal> {
  const checkouts = SHOPS.flatMap(shop => {
    const { checkout } = shops[shop];
    return checkout ? [{ shop, checkout }] : [];
  });
  if (checkouts.length === 0) return off();
  const product = catalog().products.get(wish.product);
  const seller = checkouts.find(({ shop }) => product?.shops[shop] !== undefined);
  if (!product || !seller) {
    return refuseField('product', 'the id of a product that is sold here');
  }
  // A new buyer gets the key right after paying. A holder has one already.
  const claim = licenseId === null ? await buyers.prepareClaim() : null;
  const customer = licenseId ? await buyers.customer(seller.shop, licenseId) : null;
  const { email, language = null } = wish;
  const buyer = licenseId ? { licenseId } : email ? { email } : null;
  if (buyer && language) await buyers.learnLanguage(buyer, language);
  const created = await seller.checkout.create({
    product,
    customerId: customer?.id ?? null,
    isSubscribed: customer?.isSubscribed ?? false,
    email: licenseId ? await buyers.emailOf(licenseId) : (email ?? null),
    language,
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
  if (created === 'away') return away();
  if (created === 'subscribed') {
    return refuse('conflict', 'conflict', {
      reason: 'a subscription runs already: change or end it in the billing portal.',
    });
  }
  return { kind: 'started', ...created };
}

/** Opens the page where a holder changes or ends subscriptions, at the first shop that knows the holder. */
export async function openBillingPortal(
  licenseId: string,
  { buyers, shops, publicUrl }: CheckoutDeps,
): Promise<{ kind: 'opened'; url: string } | Refusal> {
  const portals = SHOPS.flatMap(shop => {
    const portal = shops[shop].checkout?.portal;
    return portal ? [{ shop, portal }] : [];
  });
  if (portals.length === 0) return off();
  for (const { shop, portal } of portals) {
    const customer = await buyers.customer(shop, licenseId);
    const opened = customer && (await portal.open(customer.id, `${publicUrl}/account`));
    if (opened === 'away') return away();
    if (opened) return { kind: 'opened', url: opened.url };
  }
  const names = portals.map(({ portal }) => portal.shopName).join(' or ');
  return refuse('conflict', 'conflict', { reason: `nothing was bought through ${names}.` });
}

/** No shop with a checkout is set up, which no buyer can change. */
function off(): Refusal {
  const more = { retryAfterSeconds: OFF_RETRY_SECONDS };
  return refuse('service_unavailable', 'checkout_off', {}, more);
}

/** The shop does not answer. */
function away(): Refusal {
  return refuse('service_unavailable', 'service_unavailable', {});
}
