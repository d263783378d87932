// Whether a delivery comes from the shop that is configured. A copy of a shop has its webhooks and their secret
// too, and numbers its orders from the same number on: they would be taken for the orders of the real one.

import { repeatable } from '../../domain/secretForms.js';

/** What to tell of a delivery of another shop; null where it is ours, or where that cannot be said. */
export function otherShop(source: string | undefined, shopUrl: string | undefined): string | null {
  if (source === undefined || shopUrl === undefined) return null;
  if (placeOf(source) === placeOf(shopUrl)) return null;
  return (
    `it comes from ${repeatable(source)}, and the shop is ${shopUrl}: on a copy of the shop switch its ` +
    'webhooks off, or give the copy a Sahm and a secret of its own; if the shop has moved, change WOOCOMMERCE_URL'
  );
}

/** `shop.example:8080/fa`: host, port and path. */
export function placeOf(address: string): string {
  if (!URL.canParse(address)) return address;
  const { host, pathname } = new URL(address);
  return host.replace(/^www\./, '') + pathname.replace(/\/+$/, '');
}
