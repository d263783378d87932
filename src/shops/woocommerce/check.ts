// Tries what the owner of a WooCommerce shop has set up: the key, the webhooks, the products.

import type { Product } from '../../domain/catalog.js';
import { checkProducts, tried } from '../check.js';
import type { ShopCheck } from '../port.js';
import type { WooCommerceClient } from './client.js';
import { type OurWebhook, stateOf } from './orders.js';

const ASKING_MS = 10_000;

export async function checkWooCommerce(
  client: WooCommerceClient | null,
  { ours, writesKeyNotes, sold }: { ours: OurWebhook; writesKeyNotes: boolean; sold: Product[] },
): Promise<ShopCheck[]> {
  if (!client) {
    const says =
      'set WOOCOMMERCE_URL, WOOCOMMERCE_CONSUMER_KEY and WOOCOMMERCE_CONSUMER_SECRET: without them orders whose webhook never came are lost, and refunds in part wait for a person';
    return [{ name: 'credentials', ok: false, says }];
  }
  const first = { after: new Date(), without: [], page: 1 };
  const credentials = await tried('credentials', async () => {
    await client.modifiedOrders(first, ASKING_MS);
    return 'the key may read orders';
  });
  // The next checks would fail for the same reason.
  if (!credentials.ok) return [credentials];
  const permissions = writesKeyNotes
    ? await tried('permissions', async () => {
        await client.tryWriting(ASKING_MS);
        return 'the key may write notes';
      })
    : null;
  const webhooks = await tried('webhooks', async () => {
    const { disabled, missing } = stateOf(await client.webhooks(ASKING_MS), ours);
    const off = disabled.map(name => `switch on ${name}`);
    const faults = [...missing, ...off];
    if (faults.length > 0) throw new Error(faults.join('; '));
    return `created, updated, deleted and restored are reported to ${ours.url ?? ours.path}`;
  });
  const products = await checkProducts(
    sold,
    ({ shops }) => shops.woocommerce,
    name => client.hasProduct(name, ASKING_MS),
  );
  return [credentials, ...(permissions ? [permissions] : []), webhooks, products];
}
