// `npm run demo:purchase`: a purchase from the shop to the last refused request, offline, as a story.

import { prepareTemplate, removeTemplate } from '../harness/templateDatabase.js';
import { mailedLinks, report, runJob, startSelling } from '../integration/sellingFixture.js';

const EMAIL = 'sara@example.com';
/** So small that the story is short; the shipped plan has 150. */
const REQUESTS_A_MONTH = 3;

function tell(text: string): void {
  console.log(text);
}

await prepareTemplate();
const { service, woo, close } = await startSelling();

async function chat(key: string): Promise<void> {
  const body = { api_key: key, model: 'qwen/qwen-2.5-7b-instruct', prompt: 'سلام' };
  const { status, body: answer } = await service.post('/api/chat_v3', body);
  const usage = answer.usage as { used: number; limit: number; remaining: number };
  const result = status === 200 ? 'answered' : `refused (${answer.code})`;
  tell(
    `   chat ${status} ${result}: ${usage.used} of ${usage.limit} used, ${usage.remaining} left`,
  );
}

try {
  const basic = service.deps.chat.catalog().plans.get('basic');
  if (basic) basic.allowances.openrouter = REQUESTS_A_MONTH;

  tell(`1. ${EMAIL} buys BASIC in the WooCommerce shop; the shop tells it twice`);
  const plan = woo.order(EMAIL, [[401, 1]]);
  tell(
    `   webhook ${await woo.deliver(plan, 'order.created')}, webhook ${await woo.deliver(plan)}`,
  );

  tell('2. the mail with the claim link; the link gives the key once');
  await runJob(service, 'send-notices');
  let links: string[] = [];
  for (let tries = 0; links.length === 0 && tries < 50; tries++) {
    await new Promise(resolve => setTimeout(resolve, 100));
    links = await mailedLinks(service.directory, EMAIL);
  }
  const claim = new URL(links[0] ?? '').pathname;
  const claimed = await service.post(claim, '');
  const key = claimed.body.key as string;
  tell(
    `   claim ${claimed.status}: ${key.slice(0, 14)}…, again: ${(await service.post(claim, '')).status}`,
  );

  tell('3. she chats until she is refused');
  for (let request = 0; request <= REQUESTS_A_MONTH; request++) await chat(key);

  tell('4. she buys the add-on 404 (+50); the webhook is lost, and the job finds the order');
  const addon = woo.order(EMAIL, [[404, 1]]);
  tell(`   reconcile: ${JSON.stringify(await runJob(service, 'reconcile-woocommerce'))}`);
  await chat(key);

  tell('5. the shop refunds the add-on: what is used stays, the rest is gone');
  const refunded = woo.change(addon, { status: 'refunded' });
  tell(`   webhook ${await woo.deliver(refunded)}, and again ${await woo.deliver(refunded)}`);
  await chat(key);

  tell('6. she upgrades to VIP through another shop, which signs its report');
  const said = { order_id: 'z-1', line_id: '1', fact: 'bought', product: 'vip-month', quantity: 1 };
  const occurred_at = new Date().toISOString();
  tell(`   ${await report(service, { ...said, email: EMAIL, occurred_at })}`);
  await chat(key);

  tell('7. the inbox, newest first');
  const { rows: events } = await service.deps.selling.purchases.list({ limit: 20 });
  for (const { shop, topic, orderId, outcome } of events) {
    tell(`   ${outcome.padEnd(9)} ${shop} ${topic} ${orderId ?? ''}`);
  }
} finally {
  await close();
  await removeTemplate();
}
