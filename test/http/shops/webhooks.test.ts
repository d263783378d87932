// A shop whose report the buyer brings, coming back from paying. The shops that post are tested as they are.

import { expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import type { Delivery } from '../../../src/domain/delivery.js';
import { perShop } from '../../../src/domain/shop.js';
import { createPlaces } from '../../../src/flows/places.js';
import { webhookRoutes } from '../../../src/http/shops/webhooks.js';
import type { OpenShop, ShopAdapter } from '../../../src/shops/port.js';

const OFF: OpenShop = {
  name: 'elsewhere',
  more: [],
  webhook: { method: 'post', path: '/webhooks/elsewhere' },
  adapter: null,
  secretName: 'SECRET',
  checkout: null,
  orders: null,
  writeKeyNote: null,
  check: async () => [],
};

/** Takes what says that it is genuine. */
const adapter: ShopAdapter = {
  shop: 'signed',
  isSigned: () => true,
  verify: ({ body }) =>
    body.toString().includes('genuine')
      ? { kind: 'genuine', signedAt: null, returnTo: 'https://sahm.example/claim/x' }
      : { kind: 'forged' },
  read: async () => ({ topic: 'bought', deliveryId: '', reports: [] }),
};

function appWith(ofShop: ShopAdapter | null) {
  const recorded: Delivery[] = [];
  const record = async (delivery: Delivery) => {
    recorded.push(delivery);
    return { eventId: 'e', outcome: 'applied', reason: '', orderId: null };
  };
  const webhook = { method: 'get', path: '/webhooks/brought' } as const;
  const app = express().use(
    webhookRoutes({
      shops: { ...perShop(() => OFF), signed: { ...OFF, webhook, adapter: ofShop } },
      purchases: { now: async () => new Date(0), record } as never,
      places: createPlaces(1),
      applyLater: () => {},
      report: () => {},
      needsPerson: () => {},
      mailLinksSoon: () => {},
    }),
  );
  return { app, recorded };
}

test('a report in a buyer’s address is stored as it came, and the buyer is sent on', async () => {
  const { app, recorded } = appWith(adapter);
  const query = 'order=genuine&order=%00&Status=OK';
  const answer = await request(app).get(`/webhooks/brought?${query}`);
  expect(answer.status).toBe(303);
  expect(answer.headers).toMatchObject({
    location: 'https://sahm.example/claim/x',
    'cache-control': 'no-store',
  });
  expect(recorded.map(({ shop, body }) => [shop, Buffer.from(body).toString()])).toEqual([
    ['signed', query],
  ]);
});

test('an unsigned report is not stored', async () => {
  const { app, recorded } = appWith(adapter);
  for (const path of ['/webhooks/brought?Status=OK', '/webhooks/brought']) {
    expect((await request(app).get(path)).status).toBe(401);
  }
  expect((await request(app).post('/webhooks/brought?order=genuine')).status).toBe(405);
  expect(recorded).toEqual([]);
});

test('a shop that is off answers so', async () => {
  const { app } = appWith(null);
  const answer = await request(app).get('/webhooks/brought?order=genuine');
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('3600');
});
