// Every page opens in every language, and does nothing that its policy forbids.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LANGUAGES, startBrowser, type TestBrowser, testInBrowser } from '../../harness/browser.js';
import { openSite, type Site } from '../../harness/site.js';

const TIMEOUT_MS = 180_000;
const TOKEN = 'a'.repeat(43);
const PAGES = ['/', '/playground', '/account', `/claim/${TOKEN}`, `/sign-in/${TOKEN}`, '/admin'];
const FIRST_LOAD_MOST_BYTES = 250_000;

let site: Site;
let url: string;
let browser: TestBrowser | undefined;

beforeAll(async () => {
  site = await openSite({ database: 'embedded' });
  const [service] = await site.start();
  url = service?.url ?? '';
}, TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  await site.close();
}, TIMEOUT_MS);

async function opened() {
  browser ??= await startBrowser(url);
  return browser;
}

for (const language of LANGUAGES) {
  testInBrowser(
    `${language}: each page is in its language and direction, keeps its policy, and has no serious barrier`,
    async () => {
      const { open } = await opened();
      for (const [index, path] of PAGES.entries()) {
        const look = {
          theme: index % 2 ? 'dark' : 'light',
          size: index % 3 ? 'phone' : 'desktop',
        } as const;
        const page = await open(`${path}?lang=${language}`, { language, ...look });
        const html = page.page.locator('html');
        expect([path, await html.getAttribute('lang')]).toEqual([path, language]);
        expect(await html.getAttribute('dir')).toBe(language === 'fa' ? 'rtl' : 'ltr');
        expect(await page.page.locator('h1, h2').first().textContent()).not.toBe('');
        expect([path, await page.troubles()]).toEqual([path, []]);
        expect([path, await page.barriers()]).toEqual([path, []]);
        expect([path, await sidewaysOf(page.page)]).toEqual([path, 0]);
        await page.picture(`foundation${path.replaceAll('/', '_').slice(0, 20)}`);
        await page.close();
      }
    },
    TIMEOUT_MS,
  );
}

/** How far the page can be scrolled to the side: what is clipped there is not seen. */
function sidewaysOf(page: { evaluate<Result>(script: string): Promise<Result> }): Promise<number> {
  return page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
}

testInBrowser(
  'language and theme are chosen in place, and remembered',
  async () => {
    const { open } = await opened();
    const { page, troubles, close } = await open('/?lang=en');
    const html = page.locator('html');
    await page.getByTestId('language').selectOption('fa');
    await page.waitForFunction("document.documentElement.dir === 'rtl'");
    // The texts arrive a moment after the direction.
    await page.locator('h1', { hasText: /\p{Script=Arabic}/u }).waitFor();
    expect(page.url()).not.toContain('lang=');
    await page.getByTestId('theme').click();
    await page.reload({ waitUntil: 'networkidle' });
    expect(await html.getAttribute('lang')).toBe('fa');
    expect(await html.getAttribute('data-mantine-color-scheme')).toBe('dark');
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'the way from page to page keeps the history: back works',
  async () => {
    const { open } = await opened();
    const { page, close } = await open('/?lang=en');
    await page.getByRole('link', { name: 'Documentation', exact: true }).first().click();
    await page.waitForURL(`${url}/docs`);
    await page.goBack();
    expect(await page.locator('h1').textContent()).toContain('One key');
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'the home page loads at most 250 kB of script, and every plan of the catalogue is on it',
  async () => {
    const { open } = await opened();
    const { page, close } = await open('/?lang=en');
    const bytes = await page.evaluate<number>(
      `performance.getEntriesByType('resource').filter(each => /\\.js$/.test(each.name))
        .reduce((sum, each) => sum + each.encodedBodySize, 0)`,
    );
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_MOST_BYTES);
    const shown = await page
      .locator('[data-plan]')
      .evaluateAll(cards => cards.map(card => card.getAttribute('data-plan')));
    expect(shown).toEqual(['basic', 'pro', 'vip']);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'an address that there is not says so, in the language, with a way on',
  async () => {
    const { open } = await opened();
    const { page, close } = await open('/nowhere?lang=en');
    expect(await page.locator('main').textContent()).toContain('There is no such page');
    await close();
  },
  TIMEOUT_MS,
);

test('built files are kept for ever and sent compressed; the page itself is never kept', async () => {
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
