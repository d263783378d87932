// An event has the form of its endpoint's API version. Each version is read, also without an API key.

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { held, inbox, type Selling, startSelling } from './sellingFixture.js';

const FOLDER = 'test/fakes/stripeVersions';
const VERSIONS = readdirSync(FOLDER).map(name => name.replace('.json', ''));
const isOld = (version: string) => version < '2025-03-31';

let selling: Selling;
let withoutKey: Selling;
beforeAll(async () => {
  selling = await startSelling();
  withoutKey = await startSelling({ STRIPE_SECRET_KEY: '' });
  const metadata = {};
  const product = { id: 'prod_price_vip', metadata };
  const price = { id: 'price_vip', lookup_key: 'plan_vip_month', metadata, product };
  selling.stripe.prices.set('price_vip', price);
});
afterAll(async () => {
  await selling.close();
  await withoutKey.close();
});

/** The version's event, with ids and times of this buyer. */
function eventOf(version: string, id: string, email: string, metadata: object = {}) {
  const now = Math.floor(Date.now() / 1000);
  const text = readFileSync(`${FOLDER}/${version}.json`, 'utf8')
    .replaceAll('{id}', id)
    .replaceAll('{email}', email)
    .replaceAll('1790000000', String(now))
    .replaceAll('1792592000', String(now + 30 * 86_400));
  const event = JSON.parse(text);
  const { parent, subscription_details } = event.data.object;
  Object.assign((parent?.subscription_details ?? subscription_details)?.metadata ?? {}, metadata);
  return event;
}

function chargeOf(version: string, id: string, amount_refunded: number) {
  return {
    id: `ch_${id}`,
    object: 'charge',
    amount: 1990,
    amount_refunded,
    currency: 'eur',
    payment_intent: `pi_${id}`,
    ...(isOld(version) && { invoice: `in_${id}` }),
  };
}

test.each(VERSIONS)('%s: a subscription begins, and its refund ends it', async version => {
  const id = `key${version.replace(/\W/g, '')}`;
  const email = `${id}@example.com`;
  const event = eventOf(version, id, email);
  expect((await selling.stripe.deliver(event)).status).toBe(200);
  expect((await inbox(selling.service))[0]).toEqual(['applied', '']);
  expect(await held(selling.service, email)).toMatchObject({ plan: 'vip', status: 'active' });
  selling.stripe.invoices.set(`pi_${id}`, eventOf('2026-10-28.endive', id, email).data.object);
  const { stripe } = selling;
  await stripe.deliver(stripe.event('charge.refunded', chargeOf(version, id, 1990)));
  expect(await held(selling.service, email)).toMatchObject({ status: 'expired' });
});

test.each(VERSIONS.filter(isOld))(
  '%s without an API key: the events have all that is needed, also for the refund',
  async version => {
    const id = `none${version.replace(/\W/g, '')}`;
    const email = `${id}@example.com`;
    const { stripe, service } = withoutKey;
    await stripe.deliver(eventOf(version, id, email));
    expect(await held(service, email)).toMatchObject({ plan: 'vip', status: 'active' });
    await stripe.deliver(stripe.event('charge.refunded', chargeOf(version, id, 1990)));
    expect(await held(service, email)).toMatchObject({ status: 'expired' });
  },
);

test.each(VERSIONS.filter(version => !isOld(version)))(
  '%s without an API key: the product that the subscription names is enough',
  async version => {
    const id = `named${version.replace(/\W/g, '')}`;
    const email = `${id}@example.com`;
    await withoutKey.stripe.deliver(eventOf(version, id, email, { product_id: 'vip-month' }));
    expect(await held(withoutKey.service, email)).toMatchObject({ plan: 'vip', status: 'active' });
  },
);
