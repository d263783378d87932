// The whole way of a license in a real browser: from the administrator who issues it to the buyer who uses it up, gets
// more, and goes on; and what each of them sees of it.

import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  type Look,
  type OpenedPage,
  openBrowser,
  type TestBrowser,
  testInBrowser,
} from '../../harness/browser.js';
import { PASSWORD, type Service, startService } from '../../harness/service.js';

const TIMEOUT_MS = 240_000;
const MODEL = 'openai/gpt-5.2';
const OWNER = 'owner@example.com';
const LIMIT = 2;
/** An add-on of 50 requests to OpenAI. */
const ADDON = '516';
const PICTURE = {
  name: 'red.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
    'base64',
  ),
};

let service: Service;
let browser: TestBrowser;

beforeAll(async () => {
  service = await startService();
  browser = openBrowser(service.url);
  await service.createAdministrator(OWNER, 'owner');
}, TIMEOUT_MS);

afterAll(async () => {
  await browser.close();
  await service.close();
}, TIMEOUT_MS);

interface Issued {
  id: string;
  key: string;
  code: string;
}

for (const look of [
  { language: 'fa', theme: 'light', size: 'desktop' },
  { language: 'en', theme: 'dark', size: 'phone' },
] as const) {
  testInBrowser(
    `${look.language}, ${look.size}: issued, claimed, asked about a picture until it is used up, redeemed, asked again; account, timeline and audit say so`,
    async () => {
      const administrator = await browser.open(`/admin?lang=${look.language}`, look);
      const issued = await issue(administrator, look);
      const claim = await service.deps.selling.buyers.openClaim(issued.id);
      const buyer = await browser.open(`/claim/${claim}?lang=${look.language}`, look);
      await useUp(buyer, issued);
      await goOn(buyer, issued);
      // A refusal is an answer that the console names.
      expect((await buyer.troubles()).filter(trouble => !trouble.includes('429'))).toEqual([]);
      expect(await keysLeftIn(buyer.page, issued)).toEqual([]);
      await buyer.close();
      await lookBack(administrator, issued);
      expect(await administrator.troubles()).toEqual([]);
      expect(await keysLeftIn(administrator.page, issued)).toEqual([]);
      await administrator.close();
    },
    TIMEOUT_MS,
  );
}

/** A license of two requests, and a code for more. */
async function issue(opened: OpenedPage, { language }: Look): Promise<Issued> {
  const { page, turnTo } = opened;
  await page.getByTestId('email').fill(OWNER);
  await page.getByTestId('password').fill(PASSWORD);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('issue').click();
  await page.getByTestId('issue-email').fill(`buyer-${language}@example.com`);
  await page.getByTestId('issue-plan').selectOption('vip');
  await page.getByTestId('issue').click();
  const key = (await page.getByTestId('shown-key').textContent()) ?? '';
  expect(key).toMatch(/^sahm_live_/);
  await look(opened, 'journey-1-issued');
  await page.getByTestId('search').fill(`buyer-${language}@example.com`);
  await page.getByTestId('license-row').click();
  await page.getByTestId('suspend').waitFor();
  const id = page.url().split('/').at(-1) ?? '';
  await page.getByRole('textbox', { name: /openai/i }).fill(`${LIMIT}`);
  await page.getByTestId('save').click();
  await page.getByTestId('confirm').click();
  await page.getByTestId('confirm').waitFor({ state: 'detached' });
  await turnTo('/admin/codes');
  await page.locator('main select').first().selectOption(ADDON);
  await page.locator('main input[inputmode]').fill('1');
  await page.getByTestId('make-codes').click();
  await page.getByTestId('confirm').click();
  const code = (await page.locator('main pre').textContent())?.trim() ?? '';
  return { id, key, code };
}

async function useUp(opened: OpenedPage, { id, key }: Issued): Promise<void> {
  const { page, turnTo } = opened;
  await page.getByTestId('open-claim').click();
  expect(await page.getByTestId('shown-key').textContent()).toBe(key);
  await look(opened, 'journey-2-claimed');
  await turnTo('/playground');
  const meter = page.getByTestId('meter-openai');
  await page.locator('[data-testid=meter-openai][data-used]').waitFor();
  expect(await meter.getAttribute('data-limit')).toBe(`${LIMIT}`);
  await choose(page);
  for (let used = 1; used <= LIMIT; used++) {
    await page.getByTestId('attach').setInputFiles(PICTURE);
    await ask(page, `Number ${used}: چه می‌بینی؟`);
    await answered(page, `images: 1. You said: Number ${used}`);
    expect(await meter.getAttribute('data-used')).toBe(`${used}`);
    expect(await page.getByTestId('error').count()).toBe(0);
  }
  await ask(page, 'Once more');
  expect(await page.getByTestId('error').textContent()).toMatch(/GPT\/OpenAI/);
  expect(await meter.getAttribute('data-used')).toBe(`${LIMIT}`);
  // The ledger says the same as the page.
  const { quotas } = await service.deps.chat.ledger.usage(id);
  expect(quotas.openai).toMatchObject({ used: LIMIT, held: 0 });
  const samples = await page.getByTestId('samples').textContent();
  expect(samples).toContain(`curl ${service.url}/v1/chat/completions`);
  expect(samples).not.toContain(key);
  await openEverything(page);
  await look(opened, 'journey-3-used-up');
}

async function goOn(opened: OpenedPage, { code }: Issued): Promise<void> {
  const { page, turnTo } = opened;
  await turnTo('/account');
  await page.getByTestId('code').fill(code);
  const sent: string[] = [];
  page.on('request', request => {
    if (request.url().endsWith('/api/redeem')) sent.push(request.url());
  });
  // Twice: somebody always does.
  await page.getByTestId('redeem').dblclick();
  await page
    .getByRole('cell', { name: /OpenAI.*(50|۵۰)/ })
    .first()
    .waitFor();
  expect(sent.length).toBe(1);
  expect(await page.getByTestId('code').getAttribute('aria-invalid')).not.toBe('true');
  await turnTo('/playground');
  await choose(page);
  await ask(page, 'With more');
  await answered(page, 'With more');
  await turnTo('/account');
  await page.locator(`[data-testid=meter-openai][data-used="${LIMIT + 1}"]`).waitFor();
  await page.getByTestId('usage-chart').locator('canvas').waitFor();
  await page.getByText(MODEL).nth(LIMIT).waitFor();
  await look(opened, 'journey-4-account');
}

async function lookBack(opened: OpenedPage, { id, key }: Issued): Promise<void> {
  const { page, turnTo } = opened;
  await turnTo(`/admin/licenses/${id}`);
  await page.getByTestId('timeline').getByText(ADDON).first().waitFor();
  await page.getByTestId('requests').getByText(MODEL).nth(LIMIT).waitFor();
  await page.getByTestId('refusals').getByText('quota_exhausted').waitFor();
  await page.getByTestId('balance').getByRole('row').nth(1).waitFor();
  await look(opened, 'journey-5-license');
  await page.getByTestId('suspend').click();
  await page.getByTestId('confirm').waitFor();
  await look(opened, 'journey-6-suspend');
  await page.getByTestId('confirm').click();
  await page.getByTestId('reinstate').waitFor();
  await page.getByTestId('audit').click();
  await page.getByTitle('license.suspend').first().waitFor();
  await look(opened, 'journey-7-audit');
  const headers = { Authorization: `Bearer ${key}` };
  const messages = [{ role: 'user', content: 'hello' }];
  const refused = await service.post('/v1/chat/completions', { model: MODEL, messages }, headers);
  expect(refused.status).toBe(401);
}

async function look({ barriers, sideways, picture }: OpenedPage, name: string): Promise<void> {
  expect(await barriers()).toEqual([]);
  expect([name, await sideways()]).toEqual([name, 0]);
  await picture(name);
}

async function choose(page: Page): Promise<void> {
  await page.getByTestId('model').fill(MODEL);
  await page.getByTestId('model').press('Enter');
}

async function ask(page: Page, text: string): Promise<void> {
  await page.getByTestId('prompt').fill(text);
  await page.getByTestId('send').click();
}

async function answered(page: Page, text: string): Promise<void> {
  await page.getByTestId('reply').filter({ hasText: text }).waitFor();
  await page.getByTestId('send').waitFor();
}

/** Menus, tooltips and lists write styles of their own. */
async function openEverything(page: Page): Promise<void> {
  await page.getByTestId('model').click();
  await page.getByRole('option', { name: MODEL }).waitFor();
  await page.keyboard.press('Escape');
  for (const name of [/Save as|ذخیره/, /Attach a file|پیوست فایل/]) {
    const button = page.getByRole('button', { name }).first();
    await button.hover();
    if (name.test('Save as')) {
      await button.click();
      await page.getByRole('menuitem').first().waitFor();
      await page.keyboard.press('Escape');
    } else await page.getByRole('tooltip').first().waitFor();
  }
  await page.mouse.move(0, 0);
}

/** Where a key, or a session, could stay after the page is closed. */
async function keysLeftIn(page: Page, { key }: Issued): Promise<string[]> {
  const places = await page.evaluate<string[]>(`[
    location.href, document.referrer, document.cookie, document.title, JSON.stringify(history.state),
    JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage}),
    ...performance.getEntriesByType('resource').map(each => each.name),
  ]`);
  return places.filter(place => place.includes(key) || /eyJ/.test(place));
}
