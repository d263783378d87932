// Every page opens in every language, theme and size, quickly, and does nothing that its policy forbids.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Look,
  type OpenedPage,
  openBrowser,
  type TestBrowser,
  testInBrowser,
} from '../../harness/browser.js';
import { sumOf } from '../../harness/pageWork.js';
import { PASSWORD, type Service, startService } from '../../harness/service.js';

const TIMEOUT_MS = 240_000;
const TOKEN = 'a'.repeat(43);
const OWNER = 'owner@example.com';
/** It has every route, in English for all: barriers are looked for once. */
const LONGEST = '/docs/reference';
const PAGES = [
  '/',
  '/playground',
  '/account',
  `/claim/${TOKEN}`,
  `/sign-in/${TOKEN}`,
  '/docs',
  '/docs/plans',
  '/docs/errors',
  '/docs/faq',
  '/docs/models',
  '/docs/models/deepseek/deepseek-chat',
  '/docs/clients',
  LONGEST,
  '/admin',
  '/admin/purchases',
  '/admin/codes',
  '/admin/bulk',
  '/admin/catalog',
  '/admin/audit',
  '/admin/administrators',
  '/admin/operations',
];
const FIRST_LOAD_MOST_BYTES = 250_000;
/** Usable within 2 s on a processor four times as slow. */
const FIRST_LOAD_MOST_WORK_MS = 500;

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

async function open(path: string, look: Look = {}): Promise<OpenedPage> {
  return browser.open(path, look);
}

async function signIn({ page }: OpenedPage): Promise<void> {
  await page.getByTestId('email').fill(OWNER);
  await page.getByTestId('password').fill(PASSWORD);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('search').waitFor();
}

/** Both themes, both sizes, each language. What can be a barrier is the same in every language. */
const LOOKS = [
  { language: 'fa', theme: 'light', size: 'desktop' },
  { language: 'en', theme: 'dark', size: 'phone' },
] as const;

for (const look of LOOKS) {
  const { language, theme, size } = look;
  testInBrowser(
    `${language}, ${theme}, ${size}: each page has its language and direction, keeps its policy, has no serious barrier and no way to the side`,
    async () => {
      const opened = await open(`/admin?lang=${language}`, look);
      const { goTo, barriers, picture, close } = opened;
      const see = async (path: string) => {
        expect(await faultsOf(opened, language)).toEqual([]);
        if (path === LONGEST && language !== 'en') return;
        expect([path, await barriers()]).toEqual([path, []]);
        if (size === 'desktop')
          await picture(path.slice(1).replaceAll('/', '_').slice(0, 40) || 'home');
      };
      await see('/admin_signed_out');
      await signIn(opened);
      for (const path of PAGES) {
        await goTo(path);
        await see(path);
      }
      await close();
    },
    TIMEOUT_MS,
  );
}

testInBrowser(
  'zh-TW, light, phone: the same; and the first load of any page is at most 250 kB of script, and usable within 2 s on a processor four times as slow',
  async () => {
    const { workOf } = browser;
    const opened = await open('/admin?lang=zh-TW', {
      language: 'zh-TW',
      theme: 'light',
      size: 'phone',
    });
    const { page, goTo, close } = opened;
    await signIn(opened);
    for (const path of PAGES) {
      const workMs = Math.round(sumOf(await workOf(page, () => goTo(path))));
      expect(await faultsOf(opened, 'zh-TW')).toEqual([]);
      const bytes = await page.evaluate<number>(
        `performance.getEntriesByType('resource').filter(each => /\\.js$/.test(each.name))
          .reduce((sum, each) => sum + each.encodedBodySize, 0)`,
      );
      const isLight = bytes > 0 && bytes <= FIRST_LOAD_MOST_BYTES;
      expect({ path, bytes, isLight }).toEqual({ path, bytes, isLight: true });
      const isQuick = workMs > 0 && workMs <= FIRST_LOAD_MOST_WORK_MS;
      expect({ path, workMs, isQuick }).toEqual({ path, workMs, isQuick: true });
    }
    await close();
  },
  TIMEOUT_MS,
);

/** What no page may have, in any look. */
async function faultsOf({ page, sideways, troubles }: OpenedPage, language: string) {
  const html = page.locator('html');
  const isRight = (await html.getAttribute('dir')) === (language === 'fa' ? 'rtl' : 'ltr');
  return [
    ...((await html.getAttribute('lang')) === language ? [] : ['another language']),
    ...(isRight ? [] : ['another direction']),
    ...((await sideways()) === 0 ? [] : ['a way to the side']),
    ...(await troubles()),
  ].map(fault => `${page.url()}: ${fault}`);
}

testInBrowser(
  'language and theme are chosen in place, and remembered',
  async () => {
    const { page, troubles, close } = await open('/?lang=en');
    const html = page.locator('html');
    await page.getByTestId('language').selectOption('fa');
    await page.locator('html[dir=rtl]').waitFor();
    // The texts arrive a moment after the direction.
    await page.locator('h1', { hasText: /\p{Script=Arabic}/u }).waitFor();
    expect(page.url()).not.toContain('lang=');
    await page.getByTestId('theme').click();
    await page.reload();
    expect(await html.getAttribute('lang')).toBe('fa');
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'the home page has every plan; the way from page to page keeps the history; an address that there is not says so, with a way on',
  async () => {
    const { page, goTo, close } = await open('/?lang=en');
    const shown = await page
      .locator('[data-plan]')
      .evaluateAll(cards => cards.map(card => card.getAttribute('data-plan')));
    expect(shown).toEqual(['basic', 'pro', 'vip']);
    await page.getByRole('link', { name: 'Documentation', exact: true }).first().click();
    await page.waitForURL(`${service.url}/docs`);
    await page.goBack();
    await page.locator('h1', { hasText: 'One key' }).waitFor();
    await goTo('/nowhere');
    expect(await page.locator('main').textContent()).toContain('There is no such page');
    await page.locator('main').getByRole('link').first().click();
    await page.waitForURL(`${service.url}/`);
    await close();
  },
  TIMEOUT_MS,
);

test('built files are kept for ever and sent compressed; the page itself is never kept', async () => {
  const { url } = service;
  const page = await fetch(`${url}/`);
  expect(page.headers.get('cache-control')).toBe('no-store');
  const script = /\/assets\/[\w.-]+\.js/.exec(await page.text())?.[0] ?? '';
  for (const encoding of ['br', 'gzip']) {
    const sent = await fetch(url + script, { headers: { 'Accept-Encoding': encoding } });
    expect(sent.headers.get('content-encoding')).toBe(encoding);
    expect(sent.headers.get('content-type')).toMatch(/javascript/);
    expect(sent.headers.get('cache-control')).toMatch(/immutable/);
    expect((await sent.text()).length).toBeGreaterThan(100_000);
  }
  expect((await fetch(`${url}/assets/nothing.js`)).status).toBe(404);
});
