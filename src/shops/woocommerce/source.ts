// Checks that a delivery comes from the configured shop. A copy of a shop, as for tests, has the same webhooks and
// secret, and gives its new orders the same numbers. They would be taken for orders of the real shop.

import { repeatable } from '../../domain/secretForms.js';

/** The message about a delivery of another shop; null if it is from ours, or if that is not known. */
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
