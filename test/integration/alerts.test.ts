// What an operator is alerted on: the metrics of the inbox, and the sample rules for Prometheus.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { report, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
});
afterAll(() => selling.close());

async function metrics(): Promise<string> {
  const { body } = await selling.service.call('GET', '/metrics');
  return body.text as string;
}

async function purchaseEvents() {
  const values = [
    ...(await metrics()).matchAll(/^sahm_purchase_events\{outcome="(\w+)"\} (\d+)$/gm),
  ];
  return Object.fromEntries(values.map(([, outcome = '', value]) => [outcome, Number(value)]));
}

const ALERTED = [
  'sahm_mails_failed_total',
  'sahm_purchase_events',
  'sahm_shop_silent',
  'sahm_shop_webhook_disabled',
  'sahm_shop_webhook_missing',
  'sahm_webhooks_total',
];

test('every metric that the sample of alerts names is in /metrics', async () => {
  const rules = await readFile('docs/samples/alerts.yml', 'utf8');
  const named = new Set(rules.match(/\bsahm_[a-z_]+/g));
  expect([...named].sort()).toEqual(ALERTED);
  const served = new Set(
    [...(await metrics()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name),
  );
  expect([...named].filter(name => !served.has(name))).toEqual([]);
});

test('every rule of the sample says what to do', async () => {
  const rules = (await readFile('docs/samples/alerts.yml', 'utf8')).split('- alert: ').slice(1);
  expect(rules.length).toBeGreaterThanOrEqual(ALERTED.length);
  for (const rule of rules) {
    expect(rule).toMatch(/\n {8}expr: [\s\S]+\n {8}annotations:\n {10}summary: >-\n {12}\S/);
  }
});

test('the metrics count what waits in the inbox, and what failed in the last 30 days', async () => {
  expect(await purchaseEvents()).toEqual({ waiting: 0, failed: 0 });
  const fact = {
    order_id: '1',
    line_id: '1',
    fact: 'bought',
    product: '404',
    occurred_at: new Date().toISOString(),
  };
  // An add-on without a license, and a report that names nobody.
  const email = 'waiting@example.com';
  expect(await report(selling.service, { ...fact, email })).toBe('waiting');
  expect(await report(selling.service, { ...fact, order_id: '2' })).toBe('failed');
  expect(await purchaseEvents()).toEqual({ waiting: 1, failed: 1 });

  const plan = { ...fact, order_id: '3', product: 'pro-month', email };
  expect(await report(selling.service, plan)).toBe('applied');
  const { prisma } = selling.service.database;
  await prisma.$executeRaw`
    UPDATE purchase_event SET settled_at = settled_at - interval '31 days' WHERE outcome = 'failed'`;
  expect(await purchaseEvents()).toEqual({ waiting: 0, failed: 0 });
});
