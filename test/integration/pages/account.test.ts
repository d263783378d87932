// The buyer's own pages, in a real browser: from a mailed link to the numbers, which are the ledger's.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { SYSTEM } from '../../../src/store/admin/audit.js';
import { openBrowser, type TestBrowser, testInBrowser } from '../../harness/browser.js';
import { addPlans } from '../../harness/faultCatalog.js';
import { type Service, startService } from '../../harness/service.js';

const TIMEOUT_MS = 240_000;
const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const WALLET_MICROUSD = 50_000;

/** What the code has that runs in a page. */
interface Page {
  requestAnimationFrame(drawn: (value: unknown) => void): void;
}

let service: Service;
let browser: TestBrowser;

beforeAll(async () => {
  service = await startService({ prepare: sellMoney });
  browser = openBrowser(service.url);
}, TIMEOUT_MS);

/** A wallet of 5 cents a month, and 10 dollars more for whoever buys them. */
async function sellMoney(catalogDir: string): Promise<void> {
  const file = join(catalogDir, 'products.json');
  const { products } = JSON.parse(await readFile(file, 'utf8'));
  const more = { unit: 'microusd', units: 10_000_000, minimum_plan: 'wallet' };
  products.push({ id: 'wallet-10', kind: 'addon', ...more, shops: {} });
  await writeFile(file, JSON.stringify({ products }));
  await addPlans(catalogDir, {
    code: 'wallet',
    rank: 4,
    name: 'Wallet',
    meter: 'money',
    allowances: { all: WALLET_MICROUSD },
  });
}

afterAll(async () => {
  await browser.close();
  await service.close();
}, TIMEOUT_MS);

async function open(path: string, look: Parameters<TestBrowser['open']>[1] = {}) {
  return browser.open(path, look);
}

async function chat(key: string, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    const messages = [{ role: 'user', content: 'hello' }];
    const headers = { Authorization: `Bearer ${key}` };
    await service.post('/v1/chat/completions', { model: LIGHT, messages }, headers);
  }
}

/** A license of an account of its own, and the token of a claim link for it. */
async function bought(plan: string, email: string) {
  const issued = await service.deps.admin.licenses.issue({ plan, email }, SYSTEM);
  if (issued.kind === 'refusal') throw new Error(issued.code);
  const claim = await service.deps.selling.buyers.openClaim(issued.license.id);
  return { id: issued.license.id, key: issued.key, claim };
}

/** The path of a mailed sign-in link. */
async function signInLink(email: string): Promise<string> {
  const { id } = await service.database.prisma.account.findUniqueOrThrow({ where: { email } });
  return `/sign-in/${await service.deps.selling.buyers.openSignIn(id)}`;
}

testInBrowser(
  'a license that is refused says so, and what to do, and until when its plan is given; so does a service from which only a gateway answers, with a way to try again',
  async () => {
    const { id, key } = await bought('pro', 'stopped@example.com');
    const token = await service.signInAs('owner');
    const lent = { plan: 'vip', plan_until: '2997-05-31' };
    await service.call('PATCH', `/admin/api/licenses/${id}`, { token, body: lent });
    await service.deps.admin.licenses.transition(id, 'suspend', '', SYSTEM);
    const { page, close } = await open('/account?lang=en');
    await page.getByTestId('key').fill(key);
    await page.getByTestId('sign-in').click();
    await page.getByTestId('stopped').getByText('Ask the shop for the reason').waitFor();
    // It is drawn with the state.
    expect(await page.locator('main').textContent()).toContain(
      'You have your own plan again on 1 June 2997',
    );
    const html = { status: 503, contentType: 'text/html', body: '<h1>Bad gateway</h1>' };
    await page.route('**/api/plans', route => route.fulfill(html));
    await page.goto(`${service.url}/`);
    const failed = page.getByRole('alert');
    await failed.getByText('The service could not do this right now.').waitFor();
    await page.unrouteAll();
    await failed.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-plan=pro]').waitFor();
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'by the key: the plan, what is left, the usage, the requests; the key shown and replaced',
  async () => {
    const { key, id } = await bought('vip', 'by-key@example.com');
    await chat(key, 3);
    const unknown = { model: 'no-such-model', messages: [{ role: 'user', content: 'hello' }] };
    await service.post('/v1/chat/completions', unknown, { Authorization: `Bearer ${key}` });
    const { page, troubles, barriers, picture, close } = await open('/account?lang=en');
    await page.getByTestId('key').fill(key);
    await page.getByTestId('sign-in').click();
    expect(await page.getByTestId('plan').textContent()).toBe('VIP');
    const meter = page.getByTestId('meter-openrouter');
    expect(await meter.getAttribute('data-used')).toBe('3');
    expect(await meter.getAttribute('data-limit')).toBe('750');
    await page.getByTestId('usage-chart').locator('canvas').waitFor();
    expect(
      await page.getByRole('table', { name: 'Requests', exact: true }).textContent(),
    ).toContain(LIGHT);
    const refusals = page.getByRole('table', { name: 'Refused requests' });
    expect(await refusals.textContent()).toContain('no-such-model');
    expect(await page.getByTestId('by-key').count()).toBe(0);
    const mails = page.getByRole('switch', { name: '80% of the month is used' });
    await mails.uncheck({ force: true });
    await page.getByTestId('reveal').click();
    expect(await page.getByTestId('shown-key').textContent()).toBe(key);
    await picture('account');
    await page.getByTestId('rotate').click();
    await page.getByTestId('confirm').click();
    await page.getByText('The old key works until').waitFor();
    const newKey = (await page.getByTestId('shown-key').textContent()) ?? '';
    expect(newKey).not.toBe(key);
    expect(await barriers()).toEqual([]);
    expect(await troubles()).toEqual([]);
    expect(page.url()).not.toContain('sahm_live_');
    expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain(
      'sahm_live_',
    );
    expect((await service.deps.chat.ledger.usage(id)).quotas.openrouter.used).toBe(3);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'a key for a bot is made with a limit, used up, changed, replaced and withdrawn, and its requests are listed; the master key goes on',
  async () => {
    const { key } = await bought('vip', 'bots@example.com');
    const { page, troubles, barriers, picture, close } = await open('/account?lang=en');
    await page.getByTestId('key').fill(key);
    await page.getByTestId('sign-in').click();
    const keys = page.getByTestId('named-keys');
    await keys.getByTestId('make-key').click();
    await page.getByTestId('key-name').fill('ربات one');
    await page.getByTestId('key-openrouter').fill('۱');
    await page.getByTestId('key-openrouter').press('Enter');
    const secret = () => page.getByTestId('named-secret').textContent();
    await page.getByTestId('named-secret').waitFor();
    const first = String(await secret());
    const statusWith = async (bearer: string) => {
      const body = { model: LIGHT, messages: [{ role: 'user', content: 'hello' }] };
      const headers = { Authorization: `Bearer ${bearer}` };
      return (await service.post('/v1/chat/completions', body, headers)).status;
    };
    expect([await statusWith(first), await statusWith(first)]).toEqual([200, 429]);
    const change = async (limit: string) => {
      await keys.getByRole('button', { name: 'Change' }).click();
      await page.getByTestId('key-openrouter').fill(limit);
      await page.getByTestId('confirm').click();
      await page.getByTestId('confirm').waitFor({ state: 'hidden' });
    };
    await change('2');
    await keys.getByText('1 / 2').waitFor();
    expect([await statusWith(first), await statusWith(first)]).toEqual([200, 429]);
    await change('');
    expect(await statusWith(first)).toBe(200);
    await keys.getByRole('button', { name: 'Replace' }).click();
    await page.getByRole('combobox', { name: 'The old key works for' }).selectOption('0');
    await page.getByTestId('confirm').click();
    await page.getByTestId('named-secret').waitFor();
    const second = String(await secret());
    expect([await statusWith(first), await statusWith(second)]).toEqual([401, 200]);
    await page.getByTestId('usage-chart').getByText('Key', { exact: true }).click();
    await page.getByRole('row', { name: 'ربات one 4' }).waitFor();
    const requests = page.getByRole('table', { name: 'Requests', exact: true });
    const byKey = page.getByTestId('by-key');
    await byKey.selectOption('master');
    await page.getByText('No requests were made with this key.').waitFor();
    await byKey.selectOption({ label: 'ربات one' });
    await requests.locator('[aria-rowindex="5"]').waitFor();
    await picture('account-keys');
    expect(await barriers()).toEqual([]);
    const asBot = await open('/account?lang=en');
    await asBot.page.getByTestId('key').fill(second);
    await asBot.page.getByTestId('sign-in').click();
    await asBot.page.getByText(/opened with .*ربات one/).waitFor();
    expect(await asBot.page.getByTestId('make-key').count()).toBe(0);
    await asBot.close();
    await keys.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByTestId('confirm').click();
    await keys.getByText('Withdrawn on').waitFor();
    expect([await statusWith(second), await statusWith(key)]).toEqual([401, 200]);
    expect(await page.getByTestId('named-secret').count()).toBe(0);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'from the claim link to the account on a phone, in Persian, and the link is told to be used the second time',
  async () => {
    const { claim, key } = await bought('pro', 'claimed@example.com');
    const look = { language: 'fa', size: 'phone', theme: 'dark' } as const;
    const { page, troubles, barriers, picture, close } = await open(
      `/claim/${claim}?lang=fa`,
      look,
    );
    await page.getByTestId('open-claim').click();
    expect(await page.getByTestId('shown-key').textContent()).toBe(key);
    expect(await barriers()).toEqual([]);
    await picture('claim');
    await page.getByRole('link', { name: 'به حساب من' }).click();
    expect(await page.getByTestId('plan').textContent()).toBe('PRO');
    await page.getByTestId('usage-chart').waitFor();
    expect(await barriers()).toEqual([]);
    await picture('account');
    expect(await troubles()).toEqual([]);
    await page.goto(`${service.url}/claim/${claim}`);
    await page.getByTestId('open-claim').click();
    await page.getByRole('alert').waitFor();
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'signed in by a mailed link, a buyer of two licenses sees each, and the key only on demand',
  async () => {
    const email = 'signed-in@example.com';
    const first = await bought('basic', email);
    const second = await bought('vip', email);
    await chat(second.key, 2);
    const { page, troubles, picture, close } = await open(`${await signInLink(email)}?lang=en`);
    await page.getByTestId('sign-in').click();
    await page.waitForURL(`${service.url}/account`);
    expect(await page.getByTestId('plan').textContent()).toBe('BASIC');
    await page.getByLabel('License', { exact: true }).selectOption(second.id);
    await page.getByText('VIP', { exact: true }).waitFor();
    expect(await page.getByTestId('meter-openrouter').getAttribute('data-used')).toBe('2');
    expect(await page.content()).not.toContain('sahm_live_');
    await page.getByTestId('reveal').click();
    expect(await page.getByTestId('shown-key').textContent()).toBe(second.key);
    // The statement of the license that was chosen, as a page that opens from a disk.
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('statement-html').click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/^statement-\d{4}-\d{2}\.html$/);
    const statement = await readFile(await saved.path(), 'utf8');
    expect(statement).toContain(second.id);
    expect(statement).toContain('2 requests');
    const [receipt] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Receipt' }).first().click(),
    ]);
    const signed = JSON.parse(await readFile(await receipt.path(), 'utf8'));
    expect(signed.receipt).toMatchObject({ license: second.id, outcome: 'posted', units: 1 });
    await picture('account-signed-in');
    expect(await troubles()).toEqual([]);
    await page.route('**/api/sign-in', route => route.abort());
    await page.getByText('Sign out').click();
    await page.getByRole('alert').getByText('you are still signed in').waitFor();
    await page.unrouteAll();
    await page.getByText('Sign out').click();
    await page.getByTestId('key').waitFor();
    expect(first.key).not.toBe(second.key);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'what a buyer typed stays when the session ends: the same buyer signs in by mail in another tab, and the act goes on; nothing of it is left to somebody else',
  async () => {
    const [email, other] = ['typing@example.com', 'other-buyer@example.com'];
    const { id } = await bought('vip', email);
    await bought('basic', other);
    const { page, barriers, picture, close } = await open(`${await signInLink(email)}?lang=en`);
    await page.getByTestId('sign-in').click();
    const elsewhere = async (whose: string) => {
      const tab = await page.context().newPage();
      await tab.goto(service.url + (await signInLink(whose)));
      await tab.getByTestId('sign-in').click();
      await tab.getByTestId('plan').waitFor();
      await tab.close();
    };
    const lookAgain = page.getByTestId('look-again');
    const endWhileTyping = async (name: string) => {
      await page.getByTestId('make-key').click();
      await page.getByTestId('key-name').fill(name);
      await service.database.prisma.buyerSession.deleteMany();
      await page.getByTestId('confirm').click();
      await lookAgain.waitFor();
    };
    const names = async () => {
      const made = await service.database.prisma.namedKey.findMany({ where: { licenseId: id } });
      return made.map(({ name }) => name);
    };
    await endWhileTyping('typed');
    expect(await page.getByTestId('email').inputValue()).toBe(email);
    expect(await barriers()).toEqual([]);
    await picture('account-ended');
    await lookAgain.click();
    await page.getByText('not signed in in this browser yet').waitFor();
    await elsewhere(email);
    await lookAgain.click();
    await page.getByTestId('named-secret').waitFor();
    expect([await names(), await lookAgain.count()]).toEqual([['typed'], 0]);

    await endWhileTyping('typed by one');
    await elsewhere(other);
    await Promise.all([page.waitForEvent('load'), lookAgain.click()]);
    await page.getByText(other).waitFor();
    expect(await page.getByTestId('key-name').count()).toBe(0);

    await endWhileTyping('typed in vain');
    await page.getByRole('button', { name: 'Leave, and discard' }).click();
    await page.getByTestId('key').waitFor();
    expect(await names()).toEqual(['typed']);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'a wrong key or address is told so, where it was typed, by the name of its field',
  async () => {
    const { page, close } = await open('/account?lang=zh-TW', { language: 'zh-TW' });
    await page.getByTestId('key').fill('sahm_live_wrong');
    await page.getByTestId('sign-in').click();
    const field = page.getByTestId('key');
    await page.locator('form', { has: field }).getByText('無效').waitFor();
    expect(await field.inputValue()).toBe('sahm_live_wrong');
    expect(await page.getByTestId('plan').count()).toBe(0);
    const address = page.getByTestId('email');
    await address.fill('nobody@nowhere');
    await page.getByTestId('mail-link').click();
    await page.locator('form', { has: address }).getByText('「電子郵件地址」').waitFor();
    expect(await address.evaluate(element => element.matches(':focus'))).toBe(true);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'in the playground a wallet’s holder reads what a message may cost before it is sent; the account offers what fills a wallet, and no requests',
  async () => {
    const { key } = await bought('wallet', 'wallet@example.com');
    const { page, turnTo, troubles, barriers, picture, close } = await open('/playground?lang=en');
    await page.getByTestId('key').fill(key);
    await page.locator(`[data-limit="${WALLET_MICROUSD}"]`).waitFor();
    expect(await page.locator('[data-limit]').count()).toBe(1);
    await page.getByTestId('prompt').fill('hello');
    const most = page.getByTestId('most-cost');
    expect(await most.textContent()).toMatch(/^This costs at most \$0\.00\d+$/);
    await picture('playground-wallet');
    expect(await barriers()).toEqual([]);
    await page.getByTestId('prompt').fill('');
    await most.waitFor({ state: 'detached' });
    await turnTo('/account');
    const offered = page.getByTestId('purchases').locator('option');
    // All that is offered is there at once.
    await offered.first().waitFor({ state: 'attached' });
    const texts = (await offered.allTextContents()).join('\n');
    expect(texts).toMatch(/\$10\.00\W+of balance/);
    expect(texts).not.toContain('requests');
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

const ROWS = 10_000;
/** What takes longer is seen as a frame that stands still. */
const FRAME_MOST_MS = 50;

testInBrowser(
  'ten thousand requests scroll without a frame over 50 ms of work, because only those in view are drawn',
  async () => {
    const { key } = await bought('pro', 'many@example.com');
    await chat(key, 1);
    const { page, troubles, close } = await open('/account?lang=en');
    await page.route('**/api/license/requests*', async route => {
      const response = await route.fetch();
      const answer = await response.json();
      const [one] = answer.requests;
      const requests = Array.from({ length: ROWS }, (_, at) => ({ ...one, id: `${at}` }));
      await route.fulfill({ response, json: { ...answer, requests } });
    });
    await page.getByTestId('key').fill(key);
    await page.getByTestId('sign-in').click();
    const table = page.getByRole('table', { name: 'Requests', exact: true });
    await table.scrollIntoViewIfNeeded();
    const work = await browser.workOf(page, () =>
      table.evaluate(async element => {
        for (let step = 1; step <= 100; step++) {
          element.scrollTop = (step / 100) * element.scrollHeight;
          await new Promise(drawn => (globalThis as unknown as Page).requestAnimationFrame(drawn));
        }
      }),
    );
    await table.locator(`[aria-rowindex="${ROWS + 1}"]`).waitFor();
    expect(await table.getByRole('row').count()).toBeLessThan(50);
    expect(work.length).toBeGreaterThan(100);
    expect(work.filter(ms => ms > FRAME_MOST_MS).length).toBeLessThanOrEqual(1);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);
