// `crashingProcess.ts DATABASE EMAIL SEAM`: delivers one order, and kills itself at that seam.

import { writeSync } from 'node:fs';
import { loadCatalog } from '../../src/catalog/load.js';
import type { PurchaseFact } from '../../src/domain/purchase.js';
import { openEmbedded } from '../../src/store/database/embedded.js';
import { openPostgres } from '../../src/store/database/postgres.js';
import { createPurchaseStore } from '../../src/store/purchases/index.js';
import { createKeyVault } from '../../src/store/secrets/keyVault.js';

const [where = '', email = '', crashAt = ''] = process.argv.slice(2);
const database = where.startsWith('postgres:')
  ? await openPostgres(where)
  : await openEmbedded(where);
const catalog = await loadCatalog('catalog');
const store = createPurchaseStore({
  prisma: database.prisma,
  catalog: () => catalog,
  vault: createKeyVault({ pepper: 'p'.repeat(32), encryptionKey: Buffer.alloc(32) }),
  timeZone: 'UTC',
  graceDays: 0,
  subscriptionGraceDays: 0,
  atSeam(seam) {
    if (seam === crashAt) process.kill(process.pid, 'SIGKILL');
  },
});
const occurredAt = new Date(Date.now() - 1_000);
const bought = (lineId: string, product: string): PurchaseFact => ({
  shop: 'signed',
  orderId: email,
  lineId,
  kind: 'bought',
  reference: '',
  occurredAt,
  products: [`id:${product}`],
  quantity: 1,
});
const facts = [bought('1', 'vip-month'), bought('2', '516')];
const recorded = await store.record(
  { shop: 'signed', body: Buffer.from('{}'), headers: {} },
  {
    topic: 'bought',
    deliveryId: '',
    reports: [{ shop: 'signed', orderId: email, buyer: { email }, facts }],
  },
);
writeSync(1, recorded.outcome);
await database.close();
process.exit(0);
