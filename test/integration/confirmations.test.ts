// The confirmation of a purchase for an existing license, and the language of a buyer's mails.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digitsOf, instantInWords } from '../../src/domain/inWords.js';
import type { Language } from '../../src/domain/language.js';
import { type MailServer, startMailServer } from '../fakes/mailServer.js';
import { held, report, runJob, type Selling, startSelling } from './sellingFixture.js';

const PUBLIC_URL = 'https://sahm.example';
const ACCOUNT = `${PUBLIC_URL}/account`;
const SHOP_NAME = 'فروشگاه نمونه';

let selling: Selling;
let mails: MailServer;
let operator: string;
beforeAll(async () => {
  mails = await startMailServer();
  selling = await startSelling({ SMTP_URL: mails.url, PUBLIC_URL, TRUST_PROXY: '1', SHOP_NAME });
  operator = await selling.service.signInAs('operator');
});
afterAll(async () => {
  await selling.close();
  await mails.close();
});

let last = 0;
const newBuyer = () => `buyer-${++last}@example.com`;
/** Another network for each caller, so that no test uses up the limits of another. */
const saying = (language: string) => ({
  'X-Forwarded-For': `198.51.100.${++last}`,
  'Accept-Language': language,
});

/** Everything that was sent to an address so far, the newest last. */
async function mailsTo(email: string) {
  const { prisma } = selling.service.database;
  for (let tries = 0; tries < 100; tries++) {
    await runJob(selling.service, 'send-notices');
    if ((await prisma.notice.count({ where: { sentAt: null } })) === 0) {
      const theirs = mails.received.filter(({ to }) => to === email);
      return theirs.map(mail => ({ ...mail, text: mail.text.trim() }));
    }
    // A mail is on its way in the background.
    await sleep(20);
  }
  throw new Error('mails are still to be sent');
}
const newest = async (email: string) => (await mailsTo(email)).at(-1);
const subjects = async (email: string) => (await mailsTo(email)).map(({ subject }) => subject);

/** An order of WooCommerce, which tells of the language in these fields. */
async function order(email: string, products: number[], fields: Record<string, string> = {}) {
  const meta_data = Object.entries(fields).map(([key, value], id) => ({ id, key, value }));
  const lines = products.map((product): [number, number] => [product, 1]);
  const ordered = selling.woo.order(email, lines, { meta_data });
  expect(await selling.woo.deliver(ordered)).toBe(200);
  return ordered;
}

async function askSignIn(email: string, language = ''): Promise<void> {
  const asked = await selling.service.post('/api/sign-in', { email }, saying(language));
  expect(asked.status).toBe(202);
}

const endOf = async (email: string) => {
  const { expires_at } = (await held(selling.service, email)) ?? {};
  const at = new Date(String(expires_at));
  return (language: Language) => instantInWords(at, language, 'UTC');
};
/** When the last plan ends that was bought. */
async function paidUntil(email: string): Promise<string> {
  const rows = await selling.service.database.prisma.$queryRaw<[{ at: Date }]>`
    SELECT paid_until AS at FROM license JOIN account ON account.id = account_id WHERE email = ${email}`;
  return instantInWords(rows[0].at, 'en', 'UTC');
}
type EndIn = Awaited<ReturnType<typeof endOf>>;

const READY = { fa: 'کلید لایسنس شما', en: 'Your license key', 'zh-TW': '您的授權金鑰' };
const SIGN_IN = {
  fa: 'پیوند ورود شما',
  en: 'Your sign-in link',
  'zh-TW': '您的登入連結',
};
const CONFIRMED = {
  fa: 'خرید شما انجام شد',
  en: 'Your purchase is complete',
  'zh-TW': '您的購買已完成',
};
const inFa = (end: EndIn, order: string, stop: string) => `خرید شما با موفقیت انجام شد:
- پلن حرفه‌ای (PRO)
- بستهٔ افزایشی: ۱۰۰ درخواست OpenRouter

پلن کنونی شما «حرفه‌ای (PRO)» است و تا ${end('fa')} اعتبار دارد.

شمارهٔ سفارش: ${digitsOf(order, 'fa')}

لایسنس خود را در این نشانی ببینید:
${ACCOUNT}

فروشگاه نمونه

اگر نمی‌خواهید چنین پیام‌هایی دریافت کنید:
${stop}`;
const inEn = (end: EndIn, order: string, stop: string) => `Your purchase is complete:
- PRO plan
- Add-on: 100 OpenRouter requests

Your plan is PRO now, and runs until ${end('en')}.

Order: ${order}

See your license here:
${ACCOUNT}

فروشگاه نمونه

To stop mails of this kind:
${stop}`;
const inZh = (end: EndIn, order: string, stop: string) => `您的購買已完成：
- 專業方案（PRO）
- 加購包：100 次 OpenRouter 請求

您目前的方案為「專業方案（PRO）」，有效至 ${end('zh-TW')}。

訂單編號：${order}

請在此查看您的授權：
${ACCOUNT}

فروشگاه نمونه

若不想再收到此類郵件：
${stop}`;
const stopLinkIn = (text: string) => /https:\S+\/unsubscribe\/\S+/.exec(text)?.[0] ?? '';

describe('a buyer gets mails in the language that the shop reports', () => {
  test.each<[Language, string, typeof inFa]>([
    ['fa', 'fa_IR', inFa],
    ['en', 'en_GB', inEn],
    ['zh-TW', 'zh_HK', inZh],
  ])('%s alone', async (language, locale, confirmed) => {
    const email = newBuyer();
    await order(email, [402], { _wc_locale: locale });
    await mailsTo(email);
    const { id } = await order(email, [402, 404, 404]);
    const { text = '' } = (await newest(email)) ?? {};
    expect(text).toBe(confirmed(await endOf(email), String(id), stopLinkIn(text)));
    await askSignIn(email);
    expect(await subjects(email)).toEqual([
      READY[language],
      CONFIRMED[language],
      SIGN_IN[language],
    ]);
    const isPersian = /[آ-ی]/;
    for (const { text } of await mailsTo(email)) {
      expect(isPersian.test(text.replaceAll(SHOP_NAME, ''))).toBe(language === 'fa');
    }
  });

  test('in Persian and English while it is unknown', async () => {
    const email = newBuyer();
    await order(email, [402]);
    await mailsTo(email);
    const { id } = await order(email, [402, 404, 404]);
    const { text = '' } = (await newest(email)) ?? {};
    const about = [await endOf(email), String(id), stopLinkIn(text)] as const;
    expect(text).toBe(`${inFa(...about)}\n\n\n${inEn(...about)}`);
    await askSignIn(email);
    expect(await subjects(email)).toEqual(
      [READY, CONFIRMED, SIGN_IN].map(({ fa, en }) => `${fa} / ${en}`),
    );
  });
});

describe('the language is learnt', () => {
  test.each([
    [{ _wc_locale: 'zh_TW', wpml_language: 'en' }, 'zh-TW'],
    [{ wpml_language: 'zh-hant' }, 'zh-TW'],
    [{ _billing_locale: 'fa' }, 'fa'],
    [{ trp_language: 'en_US' }, 'en'],
    [{ _wc_locale: 'de_DE', trp_language: 'fa_IR' }, 'fa'],
    [{ _wc_locale: 'de_DE', wpml_language: '' }, null],
  ] as Array<[Record<string, string>, Language | null]>)(
    'from %j of a WooCommerce order: %s',
    async (fields, language) => {
      const email = newBuyer();
      await order(email, [402], fields);
      const both = `${READY.fa} / ${READY.en}`;
      expect(await subjects(email)).toEqual([language ? READY[language] : both]);
    },
  );

  test.each<[unknown, Language | null]>([
    ['fa', 'fa'],
    ['zh-Hant-TW', 'zh-TW'],
    ['tlh', null],
    [7, null],
  ])('from %j of a signed report, which is applied all the same: %s', async (said, language) => {
    const email = newBuyer();
    const fact = {
      order_id: email,
      line_id: '1',
      fact: 'bought',
      product: 'pro-month',
      email,
      occurred_at: new Date().toISOString(),
      language: said,
    };
    expect(await report(selling.service, fact)).toBe('applied');
    const both = `${READY.fa} / ${READY.en}`;
    expect(await subjects(email)).toEqual([language ? READY[language] : both]);
  });

  /** A payment by Stripe's checkout. */
  async function pay(email: string, more: object): Promise<void> {
    const session = {
      id: `cs_test_${email.replace(/\W/g, '_')}_${++last}`,
      object: 'checkout.session',
      mode: 'payment',
      payment_status: 'paid',
      payment_intent: `pi_${last}`,
      customer_details: { email },
      metadata: { product_id: 'pro-month', quantity: '1' },
      ...more,
    };
    const { stripe } = selling;
    const answer = await stripe.deliver(stripe.event('checkout.session.completed', session));
    expect(await answer.json()).toMatchObject({ outcome: 'applied' });
  }

  test.each<[string | null, Language | null]>([
    ['en-GB', 'en'],
    ['zh-TW', 'zh-TW'],
    ['auto', null],
    [null, null],
  ])('from the locale %j of a Stripe session: %s', async (locale, language) => {
    const email = newBuyer();
    await pay(email, { locale });
    const both = `${READY.fa} / ${READY.en}`;
    expect(await subjects(email)).toEqual([language ? READY[language] : both]);
  });

  test('from the page where a checkout began, also for a new buyer', async () => {
    const price = { id: 'price_pro', type: 'one_time', metadata: {} };
    selling.stripe.prices.set('price_pro', { ...price, lookup_key: 'plan_pro_month' });
    const email = newBuyer();
    const wish = { product: 'pro-month', email };
    const started = await selling.service.post('/api/checkout', wish, saying('fa-IR, en;q=0.5'));
    expect(started.status).toBe(201);
    const form = selling.stripe.created.at(-1);
    const metadata = {
      product_id: 'pro-month',
      quantity: '1',
      language: form?.get('metadata[language]'),
    };
    await pay(email, { metadata, locale: 'en' });
    expect(await subjects(email)).toEqual([READY.fa]);
    await selling.service.post('/api/checkout', wish, saying('zh-TW'));
    await order(email, [404]);
    expect(await subjects(email)).toEqual([READY.fa, CONFIRMED['zh-TW']]);
  });

  test('again from each newer value; a repeated delivery changes nothing', async () => {
    const email = newBuyer();
    const first = await order(email, [402], { _wc_locale: 'fa_IR' });
    await mailsTo(email);
    await askSignIn(email, 'en');
    await mailsTo(email);
    expect(await selling.woo.deliver(first)).toBe(200);
    expect(await selling.woo.deliver(selling.woo.change(first, { status: 'completed' }))).toBe(200);
    await order(email, [404]);
    await mailsTo(email);
    await askSignIn(email, 'de');
    await mailsTo(email);
    await order(email, [404], { _wc_locale: 'zh_TW' });
    expect(await subjects(email)).toEqual([
      READY.fa,
      SIGN_IN.en,
      CONFIRMED.en,
      SIGN_IN.en,
      CONFIRMED['zh-TW'],
    ]);
  });
});

describe('a purchase for a license that exists is confirmed', () => {
  const buyer = async (...products: number[]) => {
    const email = newBuyer();
    await order(email, products, { _wc_locale: 'en_US' });
    await mailsTo(email);
    return email;
  };

  test('once for each order, however often and in whatever states it is reported', async () => {
    const email = await buyer(402);
    const bought = await order(email, [404]);
    for (const status of ['completed', 'processing', 'completed']) {
      await selling.woo.deliver(bought);
      await selling.woo.deliver(selling.woo.change(bought, { status }));
      await mailsTo(email);
    }
    await order(email, [402]);
    expect(await subjects(email)).toEqual([READY.en, CONFIRMED.en, CONFIRMED.en]);
  });

  test('without a key, and without a link that opens anything', async () => {
    const email = await buyer(402);
    await order(email, [405]);
    const { text = '' } = (await newest(email)) ?? {};
    const links = [...new Set(text.match(/https?:\S+/g))];
    expect(links).toEqual([ACCOUNT, expect.stringContaining('/unsubscribe/')]);
    expect(text.replace(/\S+\/unsubscribe\/\S+/g, '')).not.toMatch(/sahm_live_|[A-Za-z0-9_-]{43}/);
  });

  test('with the plan that counts now, which may be a higher one than was bought', async () => {
    const email = await buyer(403);
    await order(email, [401, 516]);
    expect((await newest(email))?.text).toContain(
      `- BASIC plan, until ${await paidUntil(email)}\n- Add-on: 50 OpenAI requests\n\nYour plan is VIP now, and runs until ${(await endOf(email))('en')}.`,
    );
  });

  test('with the end of what was bought, where another plan is given for a time', async () => {
    const email = await buyer(402);
    const until = new Date(Date.now() + 3 * 86_400_000).toISOString();
    const { prisma } = selling.service.database;
    const { id } = await prisma.license.findFirstOrThrow({ where: { account: { email } } });
    const given = await selling.service.call('PATCH', `/admin/api/licenses/${id}`, {
      token: operator,
      body: { plan: 'vip', plan_until: until },
    });
    expect(given.status).toBe(200);
    await order(email, [402]);
    expect((await newest(email))?.text).toContain(
      `- PRO plan, until ${await paidUntil(email)}\n\nYour plan is VIP now, and runs until ${instantInWords(new Date(until), 'en', 'UTC')}.`,
    );
  });

  test('for a license that never ends', async () => {
    const email = newBuyer();
    const issued = await selling.service.call('POST', '/admin/api/licenses', {
      token: operator,
      body: { plan: 'vip', email },
    });
    expect(issued.status).toBe(201);
    await order(email, [404], { _wc_locale: 'en' });
    expect((await newest(email))?.text).toContain(
      'Your plan is VIP now, and your license has no end.',
    );
  });

  test('that waited for a license, as soon as there is one', async () => {
    const email = newBuyer();
    await order(email, [406], { _wc_locale: 'en' });
    expect(await subjects(email)).toEqual([]);
    await order(email, [402]);
    expect((await subjects(email)).sort()).toEqual([READY.en, CONFIRMED.en].sort());
    const confirmation = (await mailsTo(email)).find(({ subject }) => subject === CONFIRMED.en);
    expect(confirmation?.text).toContain('- Add-on: 1,000 OpenRouter requests\n');
  });

  test('to the buyer who paid, and without the state of another buyer’s license', async () => {
    const other = await buyer(403);
    const { body } = await selling.service.call('GET', `/admin/api/licenses?email=${other}`, {
      token: operator,
    });
    const [license] = body.licenses as Array<{ id: string }>;
    const email = newBuyer();
    await order(email, [404], { _wc_locale: 'en', sahm_license_id: license?.id ?? '' });
    expect(await mailsTo(email)).toMatchObject([
      {
        text: expect.stringContaining(
          'Your purchase is complete:\n- Add-on: 50 OpenRouter requests\n\nOrder: ',
        ),
      },
    ]);
    expect(await subjects(other)).toEqual([READY.en]);
  });

  test('but not if all of it was taken back before', async () => {
    const email = newBuyer();
    const bought = await order(email, [404], { _wc_locale: 'en' });
    await selling.woo.deliver(selling.woo.change(bought, { status: 'refunded' }));
    await order(email, [402]);
    expect(await subjects(email)).toEqual([READY.en]);
  });

  test('nor if it was taken back before the mail was sent', async () => {
    const email = await buyer(402);
    const { prisma } = selling.service.database;
    mails.refuses = to => to === email;
    const bought = await order(email, [404]);
    const failed = { where: { kind: 'purchase_confirmed', error: { not: '' } } };
    while ((await prisma.notice.count(failed)) === 0) {
      await runJob(selling.service, 'send-notices');
      await sleep(20);
    }
    await selling.woo.deliver(selling.woo.change(bought, { status: 'refunded' }));
    mails.refuses = () => false;
    await prisma.$executeRaw`UPDATE notice SET send_at = sahm_now() WHERE sent_at IS NULL`;
    expect(await subjects(email)).toEqual([READY.en]);
  });

  test('and no redemption of a code, because its answer said it', async () => {
    const email = await buyer(402);
    const { service } = selling;
    const { body } = await service.call('POST', '/admin/api/codes', {
      token: operator,
      body: { product: 'pro-month', count: 1 },
    });
    const [code] = body.codes as string[];
    const redeemed = await service.post('/api/redeem', { code, email }, saying('en'));
    expect(redeemed.status).toBe(200);
    expect(await subjects(email)).toEqual([READY.en]);
  });

  test('and no renewal: it is the same order', async () => {
    const email = newBuyer();
    const fact = { order_id: email, line_id: '1', product: 'pro-month', email, language: 'en' };
    const day = (n: number) => new Date(Date.now() - n * 86_400_000).toISOString();
    expect(await report(selling.service, { ...fact, fact: 'bought', occurred_at: day(2) })).toBe(
      'applied',
    );
    expect(await report(selling.service, { ...fact, fact: 'renewed', occurred_at: day(1) })).toBe(
      'applied',
    );
    expect(await subjects(email)).toEqual([READY.en]);
  });
});
