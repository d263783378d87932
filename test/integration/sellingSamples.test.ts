// The samples for shop owners, run as they are: a Telegram bot's payments, and a page with a gateway in PHP.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findProgram, freePorts } from '../harness/program.js';
import { testWhere } from '../harness/testWhere.js';
import { held, type Selling, SIGNED_SECRET, startSelling } from './sellingFixture.js';

const testPhp = testWhere(findProgram('php') !== undefined, 'php-cli');

let selling: Selling;
const children: ChildProcess[] = [];
const servers: Server[] = [];
beforeAll(async () => {
  selling = await startSelling();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) server.close();
  await selling?.close();
});

const ofSahm = () => ({
  SAHM_URL: selling.service.url,
  PURCHASE_WEBHOOK_SECRET: SIGNED_SECRET,
});

function run(program: string, args: string[], env: Record<string, string>): void {
  const child = spawn(program, args, {
    env: { ...process.env, NODE_OPTIONS: '', ...ofSahm(), ...env },
    stdio: 'ignore',
  });
  children.push(child);
}

async function untilUp(url: string): Promise<void> {
  for (;;) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

async function sales(): Promise<object[]> {
  const token = await selling.service.signInAs('viewer');
  const path = '/admin/api/usage/sales?group=order';
  const { body } = await selling.service.call('GET', path, { token });
  return body.rows as object[];
}

describe('a Telegram bot', () => {
  let bot: string;
  beforeAll(async () => {
    const [port] = await freePorts(1);
    bot = `http://127.0.0.1:${port}`;
    run(process.execPath, ['docs/samples/telegram-payments.mjs'], {
      TELEGRAM_SECRET: 'told to Telegram',
      PORT: String(port),
    });
    await untilUp(bot);
  });

  const update = (body: object, secret = 'told to Telegram') =>
    fetch(bot, {
      method: 'POST',
      headers: { 'X-Telegram-Bot-Api-Secret-Token': secret },
      body: JSON.stringify(body),
    });

  test('reports payments and refunds, each once, and nothing that Telegram did not send', async () => {
    const email = 'telegram@example.com';
    const payment = {
      currency: 'XTR',
      total_amount: 250,
      invoice_payload: 'pro-month',
      telegram_payment_charge_id: 'charge-1',
    };
    const date = Math.floor(Date.now() / 1000);
    const message = { date, from: { id: 77 }, chat: { id: 77 } };
    const paid = {
      message: { ...message, successful_payment: { ...payment, order_info: { email } } },
    };
    expect((await update(paid, 'a guess')).status).toBe(401);
    expect(await held(selling.service, email)).toBeNull();
    const asked = await update({ update_id: 1, pre_checkout_query: { id: 'q1' } });
    expect(await asked.json()).toMatchObject({ method: 'answerPreCheckoutQuery', ok: true });
    for (let time = 0; time < 2; time++) expect((await update(paid)).status).toBe(200);
    expect(await held(selling.service, email)).toMatchObject({ plan: 'pro', status: 'active' });
    const row = {
      key: 'signed:charge-1',
      sold: [{ currency: 'XTR', payments: 1, paid: 250, refunded: 0 }],
    };
    expect(await sales()).toContainEqual(expect.objectContaining(row));
    const back = { message: { ...message, date: date + 1, refunded_payment: payment } };
    expect((await update(back)).status).toBe(200);
    expect(await held(selling.service, email)).toMatchObject({ status: 'expired' });
  });
});

describe('a page with a gateway', () => {
  let page: string;
  const authority = 'A00000000000000000000000000217885159';
  let isPaid = false;

  const begin = async () => {
    const gateway = createServer((request, response) => {
      const data = request.url?.endsWith('request.json')
        ? { code: 100, authority }
        : { code: isPaid ? 100 : -51, ref_id: 1 };
      response.end(JSON.stringify({ data, errors: [] }));
    });
    await new Promise<void>(resolve => gateway.listen(0, '127.0.0.1', resolve));
    servers.push(gateway);
    const [port] = await freePorts(1);
    page = `http://127.0.0.1:${port}/`;
    run('php', ['-S', `127.0.0.1:${port}`, 'docs/samples/zarinpal.php'], {
      GATEWAY_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
      MERCHANT_ID: 'merchant',
      CALLBACK_URL: page,
      ORDERS_DIR: await mkdtemp(join(tmpdir(), 'sahm-sample-orders-')),
    });
    await untilUp(page);
  };

  testPhp('reports only what the gateway verified', async () => {
    await begin();
    const email = 'zarinpal@example.com';
    const ask = (query: string) => fetch(`${page}?${query}`, { redirect: 'manual' });
    expect((await ask(`product=nothing&email=${email}`)).status).toBe(400);
    const asked = await ask(`product=vip-month&email=${email}`);
    expect(asked.status).toBe(302);
    expect(asked.headers.get('location')).toContain(`/pg/StartPay/${authority}`);
    const back = `Authority=${authority}&Status=OK`;
    expect((await ask(back)).status).toBe(402);
    expect(await held(selling.service, email)).toBeNull();
    isPaid = true;
    for (let time = 0; time < 2; time++) expect((await ask(back)).status).toBe(200);
    expect(await held(selling.service, email)).toMatchObject({ plan: 'vip', status: 'active' });
    const sold = [{ currency: 'IRT', payments: 1, paid: 990_000, refunded: 0 }];
    expect(await sales()).toContainEqual(
      expect.objectContaining({ key: `signed:${authority}`, sold }),
    );
    expect((await ask('Authority=other&Status=OK')).status).toBe(404);
  });
});
