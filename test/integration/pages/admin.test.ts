// The pages of administration in a real browser: issuing, finding, changing, and what is kept of it.

import { afterAll, beforeAll, expect } from '@jest/globals';
import { TOTP } from 'otpauth';
import type { Role } from '../../../src/domain/role.js';
import { SYSTEM } from '../../../src/store/admin/audit.js';
import { type Look, openBrowser, type TestBrowser, testInBrowser } from '../../harness/browser.js';
import { PASSWORD, type Service, startService } from '../../harness/service.js';
import { HOSTILE_TEXTS } from '../../web/hostileTexts.js';
import { report, SIGNED_SECRET } from '../sellingFixture.js';

const TIMEOUT_MS = 240_000;
const LIGHT = 'qwen/qwen-2.5-7b-instruct';

let service: Service;
let browser: TestBrowser;
let people = 0;

beforeAll(async () => {
  // A variable that nothing reads.
  service = await startService({
    env: { OPENROUTER_KEY: 'sk-or', PURCHASE_WEBHOOK_SECRET: SIGNED_SECRET },
  });
  browser = openBrowser(service.url);
}, TIMEOUT_MS);

afterAll(async () => {
  await browser.close();
  await service.close();
}, TIMEOUT_MS);

/** A page of somebody who just signed in. */
async function openAs(role: Role, path: string, look: Look = {}) {
  people += 1;
  const email = `person-${people}@example.com`;
  await service.createAdministrator(email, role);
  const opened = await browser.open(`${path}?lang=${look.language ?? 'en'}`, look);
  const { page } = opened;
  await page.getByTestId('email').fill(email);
  await page.getByTestId('password').fill(PASSWORD);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('search').waitFor();
  return opened;
}

async function issued(email: string, note = '') {
  const made = await service.deps.admin.licenses.issue({ plan: 'pro', email, note }, SYSTEM);
  if (made.kind === 'refusal') throw new Error(made.code);
  return { id: made.license.id, key: made.key };
}

testInBrowser(
  'what is probably configured wrongly is told by the light of the service, in each language',
  async () => {
    for (const language of ['en', 'fa', 'zh-TW'] as const) {
      const { page, close } = await openAs('viewer', '/admin', { language });
      const light = page.locator('[data-light="warning"]', { hasText: 'OPENROUTER_KEY' });
      await light.getByText('sahm doctor').waitFor();
      await close();
    }
  },
  TIMEOUT_MS,
);

testInBrowser(
  'a license is found by its key, by its beginning and end, by its id and that of a request, and by its buyer; a viewer sees no button, page or column of what is refused',
  async () => {
    const { id, key } = await issued('found@example.com');
    const answered = await service.post(
      '/v1/chat/completions',
      { model: LIGHT, messages: [{ role: 'user', content: 'hello' }] },
      { Authorization: `Bearer ${key}` },
    );
    const request = String(answered.headers.get('x-request-id'));
    const { page, troubles, barriers, close } = await openAs('viewer', '/admin');
    for (const wanted of [
      key,
      key.slice(0, 14),
      key.slice(-4),
      id,
      request,
      ' FOUND@example.com ',
    ]) {
      await page.locator('h1').click();
      await page.keyboard.press('/');
      await page.keyboard.insertText(wanted);
      const row = page.locator(`[data-testid="license-row"][href="/admin/licenses/${id}"]`);
      await row.waitFor();
      await page.getByTestId('search').fill('');
    }
    expect(page.url()).not.toContain(key.slice(10));
    expect(await page.getByTestId('issue').count()).toBe(0);
    await page.goto(`${service.url}/admin/licenses/${id}`);
    await page.getByTestId('timeline').waitFor();
    for (const hidden of ['suspend', 'revoke', 'rotate', 'reveal', 'give', 'save']) {
      expect([hidden, await page.getByTestId(hidden).count()]).toEqual([hidden, 0]);
    }
    await page.getByTestId('search').fill('nobody');
    await page.getByRole('link', { name: 'Search the purchases' }).waitFor();
    // A link in a text is known without its colour.
    expect(await barriers()).toEqual([]);
    await service.deps.admin.codes.create({ product: '404', count: 1 }, SYSTEM);
    await page.goto(`${service.url}/admin/codes`);
    await page.getByRole('cell', { name: '404' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Withdraw' }).count()).toBe(0);
    await page.goto(`${service.url}/admin/bulk`);
    await page.getByText('This page is not for your role').waitFor();
    expect(await page.getByTestId('bulk-lines').count()).toBe(0);
    // The console tells of the id that was no license's own.
    const others = (await troubles()).filter(each => !each.includes('status of 404'));
    expect(others).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'a purchase that could not be applied makes the light of the shops red, which leads to it and to its cause, until it is settled; another page begins at its top',
  async () => {
    const { key } = await issued('long@example.com');
    await service.post('/api/chat_v3', { api_key: key, model: LIGHT, prompt: 'hello' });
    const { page, turnTo, close } = await openAs('operator', '/admin', { size: 'phone' });
    const shops = (state: string) => page.locator(`[data-light=${state}]`, { hasText: 'Shops' });
    await shops('good').waitFor();
    const fact = { order_id: 'A-1', line_id: '1', fact: 'bought', product: '404' };
    const occurred_at = new Date().toISOString();
    expect(await report(service, { ...fact, occurred_at })).toBe('failed');
    await page.reload();
    await shops('bad').getByRole('link').click();
    await page.waitForURL(/\/admin\/purchases\?outcome=failed$/);
    await page.getByRole('button', { name: 'Details' }).click();
    await page.getByRole('dialog').getByText('email: is needed').waitFor();
    const elsewhere = await openAs('viewer', '/admin/purchases', { language: 'fa' });
    await elsewhere.page.getByText('نشانی ایمیل ندارد').waitFor();
    await elsewhere.close();
    await page.getByTestId('replay').waitFor();
    expect(await page.getByTestId('assign').count()).toBe(0);
    await page.getByTestId('settle').click();
    await page.getByRole('dialog').getByLabel('Reason').fill('written by hand');
    await page.getByTestId('confirm').click();
    // What is settled offers nothing any more.
    await page.getByTestId('replay').waitFor({ state: 'detached' });
    await page.goto(`${service.url}/admin`);
    await shops('good').waitFor();
    await page.getByRole('link', { name: 'long@example.com' }).click();
    await page.getByTestId('timeline').waitFor();
    // The next one is as long, and there at once: nothing but the page itself brings its reader to its top.
    for (const path of ['/docs', '/', '/docs']) {
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await turnTo(path);
    }
    expect(await page.evaluate('scrollY')).toBe(0);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'notes, reasons and addresses are text, whatever is written in them',
  async () => {
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}';
    const { id } = await issued('text@example.com', evil);
    const { page, troubles, close } = await openAs('owner', `/admin/licenses/${id}`);
    await page.getByText(evil).first().waitFor();
    await page.getByTestId('suspend').click();
    await page.getByRole('dialog').getByRole('textbox').fill(evil);
    await page.getByTestId('confirm').click();
    await page.getByTestId('timeline').getByText(evil).first().waitFor();
    await page.getByTestId('audit').click();
    await page.getByRole('button', { name: 'Details' }).first().click();
    await page.getByRole('dialog').getByText(evil).first().waitFor();
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

/** Fields that have what somebody wrote: a buyer, a shop, an administrator, whoever runs a model or a plan. */
const WRITTEN =
  /^(email|note|name|reason|message|order_id|product|actor|topic|url|says|error|description|address|what|model|plan|key_prefix|key_last4|items|subject)$/;

testInBrowser(
  'two hundred hostile texts as names, notes, plans, models and what shops say do nothing on any page',
  async () => {
    const { id, key } = await issued('hostile@example.com', 'x');
    await service.post('/api/chat_v3', { api_key: key, model: LIGHT, prompt: 'hello' });
    await service.post('/api/chat_v3', { api_key: key, model: 'no-such', prompt: 'hello' });
    await service.deps.admin.codes.create({ product: '404', count: 3, note: 'x' }, SYSTEM);
    await report(service, { order_id: 'A-2', fact: 'bought', occurred_at: '2026-11-01T00:00:00Z' });
    const { page, turnTo, attacks, troubles, close } = await openAs('owner', '/admin');
    let used = 0;
    const hostile = () => HOSTILE_TEXTS[used++ % HOSTILE_TEXTS.length];
    await page.route(/\/(api|v1\/models)/, async route => {
      const response = await route.fetch();
      const text = await response.text();
      if (!/json/.test(response.headers()['content-type'] ?? ''))
        return route.fulfill({ response });
      const json = JSON.parse(text, (field, value) =>
        typeof value === 'string' && WRITTEN.test(field) ? hostile() : value,
      );
      return route.fulfill({ response, json });
    });
    for (const path of [
      `/admin/licenses/${id}`,
      '/admin/purchases',
      '/admin/codes',
      '/admin/audit',
      '/admin/administrators',
      '/admin/operations',
      '/admin/catalog',
      '/admin',
      '/docs/models',
      '/docs/plans',
      '/',
      '/account',
    ]) {
      await turnTo(path);
      if (path === '/account') {
        await page.getByTestId('key').fill(key);
        await page.getByTestId('sign-in').click();
        await page.getByTestId('usage-chart').waitFor();
      }
      const details = page.getByRole('button', { name: 'Details' });
      if ((await details.count()) > 0) {
        await details.first().click();
        await page.getByRole('dialog').waitFor();
      }
      const shown = String(await page.locator('body').textContent());
      const isShown = HOSTILE_TEXTS.some(text => shown.includes(text));
      expect([path, isShown, await attacks()]).toEqual([path, true, []]);
      await page.keyboard.press('Escape');
    }
    expect(used).toBeGreaterThan(HOSTILE_TEXTS.length);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'an administrator sets up a second factor, changes the password, and switches the factor off by a recovery code; a refused field is called by its label, and a wrong code is told as one',
  async () => {
    const { page, troubles, barriers, picture, close } = await openAs(
      'owner',
      '/admin/administrators',
    );
    const own = page.getByTestId('own-access');
    const passwordNow = page.getByLabel('Your current password');
    const act = async (button: string, fill: () => Promise<void>) => {
      await own.getByTestId(button).click();
      await fill();
      await page.getByTestId('confirm').click();
      await page.getByTestId('confirm').waitFor({ state: 'hidden' });
    };
    await act('second-factor', () => passwordNow.fill(PASSWORD));
    const secret = String(await page.getByTestId('second-factor-secret').textContent());
    await picture('admin-second-factor');
    expect(await barriers()).toEqual([]);
    await act('confirm-second-factor', () =>
      page.getByTestId('one-time-code').fill(new TOTP({ secret }).generate()),
    );
    const [code = '', another = ''] = String(
      await page.getByTestId('recovery-codes').textContent(),
    ).split(' ');
    await page.getByTestId('recovery-codes-kept').click();
    expect(await page.getByTestId('recovery-codes').count()).toBe(0);
    expect(await page.getByTestId('second-factor-secret').count()).toBe(0);
    const row = page.getByRole('row', { name: `person-${people}@example.com` }).first();
    await row.getByRole('button', { name: 'Reset second factor' }).waitFor();
    const password = 'another password of mine';
    const next = page.getByRole('textbox', { name: 'New password' });
    await act('new-password', async () => {
      await passwordNow.fill(PASSWORD);
      await next.fill('short');
      await page.getByTestId('confirm').click();
      await page.getByRole('alert').getByText('"New password" is not valid').waitFor();
      expect(await next.evaluate(field => field.matches(':focus'))).toBe(true);
      await next.fill(password);
    });
    await own.getByText('Your password was changed.').waitFor();
    const signOut = page.getByRole('button', { name: 'Sign out' });
    await page.route('**/admin/api/session', route => route.fulfill({ status: 503 }));
    await signOut.click();
    await page.getByRole('alert').getByText('you are still signed in').waitFor();
    await page.unrouteAll();
    await signOut.click();
    await page.getByTestId('email').fill(`person-${people}@example.com`);
    await page.getByTestId('password').fill(password);
    await page.getByTestId('sign-in').click();
    await page.getByTestId('code').fill('not-a-code');
    await page.getByTestId('sign-in').click();
    await page.getByText('the password or the code is wrong').waitFor();
    await page.getByTestId('code').fill(another);
    await page.getByTestId('sign-in').click();
    await act('remove-second-factor', async () => {
      await passwordNow.fill(password);
      await page.getByTestId('one-time-code').fill(code);
    });
    await own.getByTestId('second-factor').waitFor();
    expect(await page.getByTestId('recovery-codes').count()).toBe(0);
    // The console tells of what was refused.
    const others = (await troubles()).filter(each => !/status of (40[01]|503)/.test(each));
    expect(others).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'many licenses are changed from a file after a rehearsal; notices get an address; requests are saved as a file',
  async () => {
    const emails = ['one@bulk.example', 'two@bulk.example'];
    const ids = await Promise.all(emails.map(async email => (await issued(email)).id));
    const plans = async () => {
      const rows = await service.database.prisma.license.findMany({ where: { id: { in: ids } } });
      return rows.map(({ plan }) => plan);
    };
    const { page, goTo, troubles, barriers, close } = await openAs('owner', '/admin/bulk');
    const lines = [
      'license,plan,note,rate_limit',
      ...emails.map(email => `${email},vip,from the file,60`),
      'nobody@bulk.example,vip,,',
    ];
    await page.getByTestId('bulk-lines').fill(lines.join('\n'));
    await page.getByTestId('rehearse').click();
    const outcome = page.getByTestId('bulk-outcome');
    await outcome.getByText('2 would change, 0 stay as they are, 1 are refused.').waitFor();
    expect(await outcome.getByText('plan: pro → vip').count()).toBe(2);
    // What a row says stands within it.
    const rows = outcome.getByRole('row');
    const overlaps = await rows.evaluateAll(
      all => all.filter(row => row.scrollHeight > row.clientHeight + 1).length,
    );
    expect([await rows.count(), overlaps]).toEqual([4, 0]);
    expect(await plans()).toEqual(['pro', 'pro']);
    expect(await barriers()).toEqual([]);
    await page.getByTestId('bulk-change').click();
    await page.getByTestId('confirm').click();
    await outcome.getByText('2 changed, 0 stayed as they were, 1 were refused.').waitFor();
    expect(await plans()).toEqual(['vip', 'vip']);

    await goTo('/admin/operations');
    await page.getByTestId('webhook-url').fill('https://notices.example/hook');
    await page.getByTestId('add-webhook').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('webhook-secret').waitFor();
    const row = page.getByRole('row', { name: 'https://notices.example/hook' });
    await row.getByRole('button', { name: 'Switch off' }).click();
    await page.getByTestId('confirm').click();
    await row.getByRole('button', { name: 'Switch on' }).waitFor();
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByTestId('confirm').click();
    await page.getByText('No addresses yet.').waitFor();
    const saved = page.waitForEvent('download');
    await page.getByTestId('export-csv').click();
    expect((await saved).suggestedFilename()).toBe('requests.csv');
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'what is typed stays when the license cannot be read anew, and when the session ends: its person signs in over the page, and the act goes on; nothing of it is left to somebody else',
  async () => {
    const { id } = await issued('typed@example.com');
    const { page, barriers, close } = await openAs('owner', `/admin/licenses/${id}`);
    const own = `person-${people}@example.com`;
    const note = page.getByLabel('Note');
    const kept = async () =>
      (await service.database.prisma.license.findUniqueOrThrow({ where: { id } })).note;
    const endAllSessions = () => service.database.prisma.adminSession.deleteMany();
    const save = async () => {
      await page.getByTestId('save').click();
      await page.getByTestId('confirm').click();
    };
    const signIn = async (email: string) => {
      await page.getByTestId('email').fill(email);
      await page.getByTestId('password').fill(PASSWORD);
      await page.getByTestId('sign-in').click();
    };
    await note.fill('typed');
    const refused = { status: 409, json: { error: { code: 'conflict', message: 'Not now.' } } };
    await page.route('**/admin/api/licenses/*', route => route.fulfill(refused));
    await page.getByTestId('give').click();
    await page.getByTestId('confirm').click();
    await page.getByRole('alert').getByText('Not now.').waitFor();
    expect(await note.inputValue()).toBe('typed');
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('left of 800').waitFor();

    await endAllSessions();
    await save();
    await page.getByText('what you typed is kept').waitFor();
    expect(await barriers()).toEqual([]);
    await signIn(own);
    await page.getByTestId('email').waitFor({ state: 'detached' });
    await page.getByTestId('confirm').waitFor({ state: 'detached' });
    expect([await kept(), await note.inputValue()]).toEqual(['typed', 'typed']);

    await note.fill('typed by one');
    await endAllSessions();
    await save();
    const other = 'other-person@example.com';
    await service.createAdministrator(other, 'owner');
    await Promise.all([page.waitForEvent('load'), signIn(other)]);
    await note.waitFor();
    expect([await kept(), await note.inputValue()]).toEqual(['typed', 'typed']);

    await note.fill('typed in vain');
    await endAllSessions();
    await save();
    await page.getByRole('button', { name: 'Leave, and discard' }).click();
    await page.getByText('For the people who run this service').waitFor();
    await signIn(other);
    await note.waitFor();
    expect([await kept(), await note.inputValue()]).toEqual(['typed', 'typed']);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'what is changed is listed before it is saved, and a reload keeps the session and the address',
  async () => {
    const { id } = await issued('changed@example.com');
    const { page, troubles, close } = await openAs('owner', `/admin/licenses/${id}`);
    const token = await service.signInAs('viewer');
    const kept = async () =>
      (await service.call('GET', `/admin/api/licenses/${id}`, { token })).body;
    await page.getByLabel(/^Monthly limit, .?OpenRouter/).fill('7');
    await page.getByLabel('Requests a minute').fill('30');
    await page.getByTestId('save').click();
    await page
      .getByRole('dialog')
      .getByText(/Monthly limit, .?OpenRouter/)
      .waitFor();
    await page.getByTestId('confirm').click();
    await page.getByText(/left of 7$/).waitFor();
    // What is being edited stays when the license changes meanwhile, and all else follows the license.
    await page.getByLabel('Note').fill('being written');
    await page.getByTestId('undo').click();
    await page.getByTestId('undone').getByText('limits.openrouter').waitFor();
    await page.getByTestId('confirm').click();
    await page.getByText('left of 750').waitFor();
    expect(await page.getByLabel('Note').inputValue()).toBe('being written');
    expect(await page.getByLabel('Requests a minute').inputValue()).toBe('');
    await page.getByLabel(/^Monthly limit, .?OpenRouter/).fill('7');
    await page.getByLabel('Limits until').fill('2997-03-31');
    await page.getByLabel('Plan', { exact: true }).selectOption('vip');
    await page.getByLabel('Plan until').fill('2997-05-31');
    await page.getByTestId('save').click();
    await page.getByTestId('confirm').click();
    await page.getByText(/left of 7$/).waitFor();
    await page.getByText('Plan until', { exact: true }).first().waitFor();
    expect(await kept()).toMatchObject({
      license: { plan: 'vip', plan_until: '2997-06-01T00:00:00.000Z', plan_after: 'pro' },
      limits_until: { openrouter: '2997-04-01T00:00:00.000Z' },
    });
    // The same limit with another number keeps its end.
    await page.getByLabel(/^Monthly limit, .?OpenRouter/).fill('8');
    await page.getByLabel('Plan until').fill('');
    await page.getByTestId('save').click();
    await page.getByTestId('confirm').click();
    await page.getByText(/left of 8$/).waitFor();
    expect(await kept()).toMatchObject({
      license: { plan: 'pro' },
      limits_until: { openrouter: '2997-04-01T00:00:00.000Z' },
    });
    await page.getByTestId('give').click();
    await page.getByTestId('confirm').click();
    await page.getByText('left of 58').waitFor();
    await page.reload();
    await page.getByText('left of 58').waitFor();
    expect((await service.deps.chat.ledger.usage(id)).quotas.openrouter.planLimit).toBe(8);
    await page.getByTestId('reveal').click();
    await page.getByTestId('confirm').click();
    expect(await page.getByTestId('shown-key').textContent()).toMatch(/^sahm_live_/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByTestId('email').waitFor();
    expect(await page.content()).not.toContain('sahm_live_');
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);
