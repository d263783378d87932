// The webhook of a Telegram bot that sells: it tells Sahm of each payment and refund.
// SAHM_URL, PURCHASE_WEBHOOK_SECRET (Sahm's), TELEGRAM_SECRET (the secret_token of setWebhook), PORT.
// Send your invoices with `need_email: true` and the product's id of catalog/products.json as the payload.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

const { SAHM_URL, PURCHASE_WEBHOOK_SECRET, TELEGRAM_SECRET, PORT = '8080' } = process.env;
/** Telegram counts in the smallest unit; these currencies have no smaller one. */
const WHOLE = ['XTR', 'IRR', 'JPY', 'KRW', 'VND', 'CLP', 'UGX', 'ISK', 'PYG'];

function factOf({ message }) {
  const paid = message?.successful_payment;
  const refunded = message?.refunded_payment;
  const payment = paid ?? refunded;
  if (!payment) return null;
  const whole = WHOLE.includes(payment.currency);
  return {
    order_id: payment.telegram_payment_charge_id,
    line_id: '1',
    fact: paid ? 'bought' : 'refunded',
    product: payment.invoice_payload,
    quantity: 1,
    amount: whole ? String(payment.total_amount) : (payment.total_amount / 100).toFixed(2),
    currency: payment.currency,
    ...(paid?.order_info?.email && { email: paid.order_info.email }),
    customer_id: String(message.from?.id ?? message.chat.id),
    occurred_at: new Date(message.date * 1000).toISOString(),
  };
}

async function report(fact) {
  // The signature covers the bytes that are sent: sign and send the same string.
  const body = JSON.stringify(fact);
  const time = Math.floor(Date.now() / 1000);
  const v1 = createHmac('sha256', PURCHASE_WEBHOOK_SECRET).update(`${time}.${body}`).digest('hex');
  const response = await fetch(`${SAHM_URL}/webhooks/purchases`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Signature': `t=${time},v1=${v1}` },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  return response.ok;
}

const server = createServer(async (request, response) => {
  const answer = (status, body = {}) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  if (request.headers['x-telegram-bot-api-secret-token'] !== TELEGRAM_SECRET) return answer(401);
  try {
    let text = '';
    for await (const chunk of request) text += chunk;
    const update = JSON.parse(text);
    const asked = update.pre_checkout_query;
    if (asked) {
      return answer(200, {
        method: 'answerPreCheckoutQuery',
        pre_checkout_query_id: asked.id,
        ok: true,
      });
    }
    const fact = factOf(update);
    // Telegram sends an update again until it gets a 2xx, and Sahm counts nothing twice.
    answer(fact && !(await report(fact)) ? 503 : 200);
  } catch (error) {
    console.error(error.message);
    answer(503);
  }
});
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
