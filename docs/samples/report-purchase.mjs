// Reports a sale to Sahm: `node report-purchase.mjs https://sahm.example buyer@example.com`
import { createHmac } from 'node:crypto';

const [, , service, email] = process.argv;
const body = JSON.stringify({
  order_id: `order-of-${email}`,
  line_id: '1',
  fact: 'bought', // or renewed, cancelled, refunded
  product: 'vip-month', // an id of catalog/products.json
  quantity: 1,
  email,
  occurred_at: new Date().toISOString(),
});
// The signature covers the bytes that are sent: sign and send the same string.
const time = Math.floor(Date.now() / 1000);
const v1 = createHmac('sha256', process.env.PURCHASE_WEBHOOK_SECRET)
  .update(`${time}.${body}`)
  .digest('hex');
const response = await fetch(`${service}/webhooks/purchases`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Signature': `t=${time},v1=${v1}` },
  body,
});
// 2xx: kept, whatever became of it. 5xx or no answer: send the same body again, with a new signature.
console.log(response.status, await response.text());
