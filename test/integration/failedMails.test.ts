// Failed messages to buyers: each is tried again by itself, and the operator gets a notice.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { writePurchaseFailure } from '../../src/store/notices/changes.js';
import { type MailServer, startMailServer } from '../fakes/mailServer.js';
import { type Receiver, startReceiver } from '../fakes/webhookReceiver.js';
import { runJob, type Selling, startSelling } from './sellingFixture.js';

const OPERATOR = 'operator@example.com';

let selling: Selling;
let mails: MailServer;
let receiver: Receiver;
let owner: string;
beforeAll(async () => {
  mails = await startMailServer();
  receiver = await startReceiver();
  selling = await startSelling({
    SMTP_URL: mails.url,
    ADMIN_EMAIL: OPERATOR,
    WOOCOMMERCE_KEY_NOTE: 'true',
  });
  owner = await selling.service.signInAs('owner');
  await call('POST', '/webhook-endpoints', { url: receiver.url });
});
afterAll(async () => {
  await selling.close();
  await mails.close();
  await receiver.close();
});
beforeEach(() => {
  mails.refuses = () => false;
  selling.woo.noteFault = null;
});

const call = (method: string, path: string, body?: object) =>
  selling.service.call(method, `/admin/api${path}`, { token: owner, body });

let buyers = 0;
/** A buyer with a new license; gives the address and the order. */
async function buy() {
  const email = `unreachable-${++buyers}@example.com`;
  const order = selling.woo.order(email, [[402, 1]]);
  expect(await selling.woo.deliver(order)).toBe(200);
  return { email, order: String(order.id) };
}

/** Runs the job as often as it takes; mails go out in the background too. */
async function until<Found>(find: () => Promise<Found | undefined>): Promise<Found> {
  for (let tries = 0; tries < 50; tries++) {
    const found = await find();
    if (found !== undefined) return found;
    await runJob(selling.service, 'send-notices');
    await sleep(20);
  }
  throw new Error('it did not come');
}

/** As if the time had come to try everything again. */
async function tryAgain(): Promise<void> {
  const { prisma } = selling.service.database;
  await prisma.$executeRaw`UPDATE notice SET send_at = sahm_now() WHERE sent_at IS NULL`;
  await prisma.$executeRaw`UPDATE notice_delivery SET due_at = sahm_now() WHERE state = 'pending'`;
  await runJob(selling.service, 'send-notices');
}

interface Shown {
  id: string;
  kind: string;
  license_id: string | null;
  details: Record<string, unknown>;
}
async function notices(kind: string): Promise<Shown[]> {
  const { status, body } = await call('GET', `/notices?kind=${kind}&limit=200`);
  expect(status).toBe(200);
  return body.notices as Shown[];
}
const noticeOf = (email: string, mail: string) =>
  until(async () =>
    (await notices('mail_failed')).find(
      ({ details }) => details.email === email && details.mail === mail,
    ),
  );
const mailsTo = (to: string) => mails.received.filter(mail => mail.to === to);

test('the operator gets a notice of a refused mail, and sees it with its reason', async () => {
  mails.refuses = to => to.startsWith('unreachable');
  const { email, order } = await buy();
  const notice = await noticeOf(email, 'license_ready');
  expect(notice.details).toEqual({
    mail: 'license_ready',
    email,
    shop: 'woocommerce',
    order,
    reason: 'EENVELOPE 550',
    attempts: 1,
    is_given_up: false,
  });
  const { body } = await call('GET', `/licenses/${notice.license_id}/timeline`);
  expect(body.events).toContainEqual(
    expect.objectContaining({ event: 'mail.failed', actor: 'system', details: notice.details }),
  );
  const metrics = await selling.service.call('GET', '/metrics');
  expect(metrics.body.text).toMatch(/^sahm_mails_failed_total\{kind="license_ready"\} [1-9]/m);

  const posted = await until(async () =>
    receiver.received.find(({ body }) => body.kind === 'mail_failed' && body.email === email),
  );
  expect(posted.body).toMatchObject({ id: notice.id, license_id: notice.license_id, order });
  const told = await until(async () => mailsTo(OPERATOR).find(({ text }) => text.includes(email)));
  expect(told.text).not.toMatch(/sahm_live_/);
  expect(mailsTo(email)).toEqual([]);

  mails.refuses = () => false;
  await tryAgain();
  await until(async () => mailsTo(email)[0]);
  expect(mailsTo(email)).toHaveLength(1);
});

test('there is one notice for all its failures, and one when it is given up', async () => {
  mails.refuses = to => to.startsWith('unreachable');
  const { email } = await buy();
  await noticeOf(email, 'license_ready');
  await tryAgain();
  const told = async () =>
    (await notices('mail_failed')).filter(({ details }) => details.email === email);
  expect(await told()).toHaveLength(1);

  const { prisma } = selling.service.database;
  await prisma.$executeRaw`UPDATE notice SET attempts = 19 WHERE kind = 'license_ready' AND sent_at IS NULL`;
  await tryAgain();
  expect((await told()).map(({ details }) => [details.attempts, details.is_given_up])).toEqual([
    [20, true],
    [1, false],
  ]);
  mails.refuses = () => false;
  await tryAgain();
  expect(mailsTo(email)).toEqual([]);
});

test('a key note that the shop refuses causes a notice, and neither stops nor repeats the mail', async () => {
  const body = { code: 'woocommerce_rest_cannot_create', message: 'no' };
  selling.woo.noteFault = { status: 403, body };
  const { email, order } = await buy();
  const notice = await noticeOf(email, 'key_note');
  expect(notice.details).toMatchObject({
    order,
    reason: expect.stringContaining('"Read/Write"'),
  });
  for (let retries = 0; retries < 3; retries++) await tryAgain();
  expect(mailsTo(email)).toHaveLength(1);

  selling.woo.noteFault = null;
  for (let retries = 0; retries < 3; retries++) await tryAgain();
  const notes = selling.woo.notes.filter(note => note.order === order);
  expect(notes).toEqual([{ order, note: expect.stringMatching(/sahm_live_/) }]);
  expect(mailsTo(email)).toHaveLength(1);
});

test('a mail that is refused does not hold up the key note of its order', async () => {
  mails.refuses = to => to.startsWith('unreachable');
  const { order } = await buy();
  await until(async () => selling.woo.notes.find(note => note.order === order));
});

test('a holder’s notice that could not be mailed causes only one notice, when it is given up', async () => {
  const { email, order } = await buy();
  await until(async () => mailsTo(email)[0]);
  const { body } = await call('GET', `/licenses?order=${order}`);
  const [license] = body.licenses as Array<{ id: string }>;
  mails.refuses = to => to.startsWith('unreachable') || to === OPERATOR;
  await call('POST', `/licenses/${license?.id}/suspend`, {});
  await runJob(selling.service, 'send-notices');
  const { prisma } = selling.service.database;
  await prisma.$executeRaw`UPDATE notice_delivery SET attempts = 11 WHERE state = 'pending'`;
  await tryAgain();
  const notice = await noticeOf(email, 'license_suspended');
  expect(notice).toMatchObject({
    license_id: license?.id,
    details: { reason: 'EENVELOPE', attempts: 12, is_given_up: true },
  });
  // That this one could not be mailed either is told to nobody.
  await prisma.$executeRaw`UPDATE notice_delivery SET attempts = 11 WHERE state = 'pending'`;
  const count = (await notices('mail_failed')).length;
  await tryAgain();
  expect(await notices('mail_failed')).toHaveLength(count);
});

describe('a purchase that failed', () => {
  const fail = (event: string, orderId: string | null) =>
    selling.service.database.prisma.$transaction(transaction =>
      writePurchaseFailure(transaction, event, { shop: 'woocommerce', orderId, reason: 'why' }),
    );

  test('causes one notice for each event, with the license of its order', async () => {
    const { email, order } = await buy();
    const event = uuidv7();
    await fail(event, order);
    await fail(event, order);
    const told = (await notices('purchase_failed')).filter(
      ({ details }) => details.event === event,
    );
    expect(told).toMatchObject([
      {
        details: { event, shop: 'woocommerce', order, reason: 'why' },
        license_id: expect.any(String),
      },
    ]);
    const { body } = await call('GET', `/licenses/${told[0]?.license_id}/timeline`);
    expect(body.events).toContainEqual(expect.objectContaining({ event: 'purchase.failed' }));
    await until(async () => mailsTo(OPERATOR).find(({ text }) => text.includes(order)));
    expect(mailsTo(email).filter(({ text }) => text.includes(event))).toEqual([]);
  });

  test('causes one notice also if no license is known', async () => {
    const event = uuidv7();
    for (let times = 0; times < 3; times++) await fail(event, null);
    const posted = await until(async () =>
      receiver.received.find(({ body }) => body.kind === 'purchase_failed' && body.event === event),
    );
    expect(posted.body).toMatchObject({
      license_id: null,
      email: null,
      order: null,
      reason: 'why',
    });
    const told = (await notices('purchase_failed')).filter(
      ({ details }) => details.event === event,
    );
    expect(told).toHaveLength(1);
  });
});

test('without an operator’s address no mail is stored', async () => {
  const bare = await startSelling();
  const { prisma } = bare.service.database;
  await prisma.$transaction(transaction =>
    writePurchaseFailure(transaction, uuidv7(), { shop: 'stripe', orderId: null, reason: 'why' }),
  );
  await runJob(bare.service, 'send-notices');
  expect(await prisma.licenseNotice.count()).toBe(1);
  expect(await prisma.noticeDelivery.count()).toBe(0);
  await bare.close();
});
