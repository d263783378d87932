// A shop that sells other things too: the inbox only has orders that need a person. ORDERS=5000 makes a long run; SEED
// repeats one.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WooOrder } from '../fakes/woocommerceShop.js';
import { createRandom } from '../harness/random.js';
import { held, runJob, type Selling, startSelling } from './sellingFixture.js';

const ORDERS = Number(process.env.ORDERS ?? 120);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000_000);
const T_SHIRT = 770_001;

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
});
afterAll(() => selling?.close());

test(
  `of ${ORDERS} orders, exactly those that need a person are waiting or failed`,
  async () => {
    console.log(`seed ${SEED}`);
    const random = createRandom(SEED);
    const { woo } = selling;
    const needing: string[] = [];
    const buyers: string[] = [];
    const tell = async (order: WooOrder) => {
      for (let time = random.below(2); time >= 0; time--) await woo.deliver(order);
    };
    for (let number = 0; number < ORDERS; number++) {
      const email = `other-${number}@example.com`;
      const shirts: Array<[number, number]> = [[T_SHIRT + random.below(50), 1 + random.below(3)]];
      const kind = random.below(20);
      if (kind === 0) {
        await tell(woo.order(email, [[402, 1], ...shirts]));
        buyers.push(email);
      } else if (kind === 1 && number > ORDERS / 2) {
        const order = woo.order('', [[402, 1]], { billing: { email: '' } });
        await tell(order);
        needing.push(String(order.id));
      } else if (kind === 2) {
        await tell(woo.order(email, shirts, { date_paid_gmt: null, status: 'pending' }));
      } else if (kind === 3) {
        await woo.deliver({ id: 5_000_000 + number }, 'order.deleted');
      } else {
        const order = woo.order(email, shirts);
        await tell(order);
        if (kind < 8) {
          const refunds = [{ id: 6_000_000 + number, reason: '', total: '-1.00' }];
          await tell(woo.change(order, { refunds } as Partial<WooOrder>));
        } else if (kind < 12) await tell(woo.change(order, { status: 'refunded' }));
        else if (kind < 14) await tell(woo.change(order, { status: 'cancelled' }));
      }
    }
    await runJob(selling.service, 'reconcile-woocommerce');
    const events = await selling.service.database.prisma.purchaseEvent.findMany({
      where: { outcome: { in: ['waiting', 'failed'] } },
      select: { orderId: true },
    });
    const found = new Set(events.map(({ orderId }) => orderId));
    expect([...found].sort()).toEqual(needing.sort());
    for (const email of buyers.slice(0, 20)) {
      expect(await held(selling.service, email)).toMatchObject({ plan: 'pro', status: 'active' });
    }
  },
  60_000 + ORDERS * 200,
);
