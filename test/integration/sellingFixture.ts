// The service with all shops, and helpers that read what a buyer has.

import { createHmac } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SHOP_DESCRIPTIONS } from '../../src/shops/index.js';
import { STRIPE_SECRET, type StripeShop, startStripeShop } from '../fakes/stripeShop.js';
import { startWooShop, WOO_SECRET, type WooShop } from '../fakes/woocommerceShop.js';
import { type Service, startService } from '../harness/service.js';

export const SIGNED_SECRET = 'a secret of the shop that signs';

export interface Selling {
  service: Service;
  woo: WooShop;
  stripe: StripeShop;
  close(): Promise<void>;
}

export async function startSelling(env: Record<string, string> = {}): Promise<Selling> {
  let target = '';
  const woo = await startWooShop(() => target);
  const stripe = await startStripeShop(() => target);
  const service = await startService({
    env: {
      ...everySecret(),
      WOOCOMMERCE_WEBHOOK_SECRET: WOO_SECRET,
      WOOCOMMERCE_URL: woo.url,
      WOOCOMMERCE_CONSUMER_KEY: 'ck_test',
      WOOCOMMERCE_CONSUMER_SECRET: 'cs_test',
      STRIPE_WEBHOOK_SECRET: `whsec_old, ${STRIPE_SECRET}`,
      STRIPE_SECRET_KEY: 'sk_test_of_the_tests',
      STRIPE_API_BASE: stripe.url,
      PURCHASE_WEBHOOK_SECRET: SIGNED_SECRET,
      ...env,
    },
  });
  target = service.url;
  return {
    service,
    woo,
    stripe,
    async close() {
      // Also where the service finds fault with what it answered: what stays open would hold up the test's process.
      await service.close().finally(() => Promise.all([woo.close(), stripe.close()]));
    },
  };
}

/** So that each shop is on. */
function everySecret(): Record<string, string> {
  const shops = Object.values(SHOP_DESCRIPTIONS);
  return Object.fromEntries(shops.map(({ webhookSecret }) => [webhookSecret, SIGNED_SECRET]));
}

export function signFact(body: string, time = Math.floor(Date.now() / 1000)): string {
  const v1 = createHmac('sha256', SIGNED_SECRET).update(`${time}.${body}`).digest('hex');
  return `t=${time},v1=${v1}`;
}

/** Posts a fact to the signed shop's webhook; returns the outcome. */
export async function report(service: Service, fact: object): Promise<string> {
  const body = JSON.stringify(fact);
  const headers = { 'X-Signature': signFact(body) };
  const answer = await service.post('/webhooks/purchases', body, headers);
  if (answer.status !== 200) throw new Error(`the webhook answered ${answer.status}`);
  return answer.body.outcome as string;
}

export interface Held {
  plan: string;
  status: string;
  expires_at: string | null;
  openrouter: { used: number; limit: number; remaining: number };
  openai: { used: number; limit: number; remaining: number };
  grants: Array<{ status: string; remaining: number; product: string; units: number }>;
}

/** What the account with this address has; null where it has no license. */
export async function held({ deps }: Service, email: string): Promise<Held | null> {
  const page = await deps.admin.licenses.list({ email, limit: 1 });
  if (page.kind === 'refusal') throw new Error(page.code);
  const [license] = page.rows;
  if (!license) return null;
  const usage = await deps.chat.ledger.usage(license.id);
  const { balanceOf } = await import('../../src/domain/quota.js');
  const grants = await deps.admin.grants.list(license.id);
  return {
    plan: license.plan,
    status: license.status,
    expires_at: license.expiresAt?.toISOString() ?? null,
    openrouter: balanceOf(usage.quotas.openrouter),
    openai: balanceOf(usage.quotas.openai),
    grants: grants.map(({ status, remaining, product, units }) => ({
      status,
      remaining,
      product: product ?? '',
      units,
    })),
  };
}

/** The events of the inbox, newest first. */
export async function inbox({ deps }: Service): Promise<Array<[outcome: string, reason: string]>> {
  const { rows: events } = await deps.selling.purchases.list({ limit: 100 });
  return events.map(({ outcome, reason }) => [outcome, reason]);
}

export async function runJob({ deps }: Service, name: string): Promise<unknown> {
  const run = await deps.admin.runJob(name);
  if (run.outcome !== 'done') throw new Error(`${name}: ${JSON.stringify(run)}`);
  return run.result;
}

/** The links in mails to this address, from the outbox folder. */
export async function mailedLinks(directory: string, to: string): Promise<string[]> {
  const folder = join(directory, 'outbox');
  const names = await readdir(folder).catch(() => [] as string[]);
  const texts = await Promise.all(
    names.filter(name => name.endsWith('.eml')).map(name => readFile(join(folder, name), 'utf8')),
  );
  const theirs = texts.filter(text => new RegExp(`^To: .*${to}`, 'm').test(text));
  return theirs.flatMap(text => {
    const [, encoded = ''] = text.split(/\r?\n\r?\n/s);
    const body = /base64/i.test(text)
      ? Buffer.from(text.slice(text.indexOf('\r\n\r\n')), 'base64').toString()
      : text.replace(/=\r?\n/g, '').replaceAll('=3D', '=') + encoded;
    return [...new Set(body.match(/http:\S+\/(?:claim|sign-in)\/[\w-]{43}/g) ?? [])];
  });
}

/** Adds products to the service's catalogue, as its operator would. */
export async function addProducts(service: Service, products: object[]): Promise<void> {
  const file = join(service.catalogDir, 'products.json');
  const catalog = JSON.parse(await readFile(file, 'utf8'));
  catalog.products.push(...products);
  await writeFile(file, JSON.stringify(catalog));
  const token = await service.signInAs('owner');
  const reloaded = await service.call('POST', '/admin/api/catalog/reload', { token });
  if (!reloaded.body.changed) throw new Error(JSON.stringify(reloaded.body));
}
