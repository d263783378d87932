// The documentation in a real browser: it opens for everybody, finds what is typed, and keeps the key to itself.

import { afterAll, beforeAll, expect } from '@jest/globals';
import { SYSTEM } from '../../../src/store/admin/audit.js';
import { openBrowser, type TestBrowser, testInBrowser } from '../../harness/browser.js';
import { type Service, startService } from '../../harness/service.js';

const TIMEOUT_MS = 240_000;
const MODEL = 'deepseek/deepseek-chat';

let service: Service;
let browser: TestBrowser;

beforeAll(async () => {
  service = await startService();
  browser = openBrowser(service.url);
}, TIMEOUT_MS);

afterAll(async () => {
  await browser.close();
  await service.close();
}, TIMEOUT_MS);

async function open(path: string, look: Parameters<TestBrowser['open']>[1] = {}) {
  return browser.open(path, look);
}

interface Wire {
  pricing: { prompt: string; completion: string };
  minimum_plan: string;
}

async function read<Answer>(path: string): Promise<Answer> {
  const response = await fetch(service.url + path);
  return (await response.json()) as Answer;
}

testInBrowser(
  'a section is found with Arabic letters and the keyboard alone, and back leads to where the reader was',
  async () => {
    const { page, troubles, close } = await open('/docs?lang=fa', { language: 'fa' });
    const found = page.getByRole('listbox');
    await page.getByTestId('docs-search').waitFor();
    await page.keyboard.press('/');
    await page.locator('[data-testid="docs-search"]:focus').waitFor();
    // With Arabic kaf and yeh.
    await page.keyboard.type('كليدم را گم');
    const option = found.getByRole('option').first();
    await option.waitFor();
    expect(await option.textContent()).toContain('کلیدم را گم کرده‌ام');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${service.url}/docs/faq#q3`);
    await page.goBack();
    await page.locator('h1', { hasText: 'شروع سریع' }).waitFor();
    await page.getByTestId('docs-search').fill('quota exhausted');
    await found.getByRole('option', { name: 'quota_exhausted' }).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${service.url}/docs/errors#quota_exhausted`);
    await page.getByTestId('docs-search').fill('/api/license/rotate');
    await found.getByRole('option', { name: '/api/license/rotate' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('details[data-path="/api/license/rotate"][open]').waitFor();
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  "a model's page has its price, the plan it needs, and samples for this server in four languages",
  async () => {
    const { page, close } = await open(`/docs/models/${MODEL}?lang=en`);
    const { pricing, minimum_plan } = await read<Wire>(`/v1/models/${MODEL}`);
    const price = page.getByTestId('price');
    await price.waitFor();
    const shown = (await price.textContent()) ?? '';
    expect(shown).toContain(`$${Number(pricing.prompt).toFixed(2)}`);
    expect(shown).toContain(`$${Number(pricing.completion).toFixed(2)}`);
    expect(await page.locator('dl').first().textContent()).toContain(minimum_plan.toUpperCase());
    const sample = page.getByTestId('sample').first();
    for (const language of ['curl', 'JavaScript', 'Python', 'PHP']) {
      await sample.getByText(language, { exact: true }).click();
      const code = await sample.locator('pre').textContent();
      expect(code).toContain(service.url);
      expect(code).toContain(MODEL);
    }
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'an address of a model that there is not says so, and leads to those that there are',
  async () => {
    const { page, close } = await open('/docs/models/nobody/nothing?lang=en');
    await page.getByText('There is no such page').waitFor();
    await page.getByRole('link', { name: 'All models' }).click();
    await page.waitForURL(`${service.url}/docs/models`);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'the own key stands in the samples only when it is asked for, and is kept nowhere',
  async () => {
    const issued = await service.deps.admin.licenses.issue(
      { plan: 'pro', email: 'reader@example.com' },
      SYSTEM,
    );
    if (issued.kind === 'refusal') throw new Error(issued.code);
    const { page, troubles, close } = await open('/account?lang=en');
    await page.getByTestId('key').fill(issued.key);
    await page.getByTestId('sign-in').click();
    await page.getByTestId('plan').waitFor();
    await page.getByRole('link', { name: 'Documentation', exact: true }).first().click();
    const sample = page.getByTestId('sample').first();
    await page.getByTestId('own-key').first().waitFor();
    expect(await page.content()).not.toContain(issued.key);
    expect(await sample.textContent()).toContain('YOUR_LICENSE_KEY');
    await page.getByTestId('own-key').first().click();
    await sample.getByText(issued.key).waitFor();
    expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain(
      issued.key,
    );
    expect(page.url()).not.toContain(issued.key);
    await page.getByTestId('own-key').first().click();
    expect(await page.content()).not.toContain(issued.key);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'whoever is not signed in is offered no key',
  async () => {
    const { page, close } = await open('/docs/samples?lang=en');
    expect(await page.getByTestId('sample').first().textContent()).toContain('YOUR_LICENSE_KEY');
    expect(await page.getByTestId('own-key').count()).toBe(0);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'the reference lists every path of the description, those of administration when they are wanted',
  async () => {
    const { page, close } = await open('/docs/reference?lang=en');
    const { paths } = await read<{ paths: object }>('/openapi.json');
    const isAdmin = (path: string) => path.startsWith('/admin/');
    const all = Object.keys(paths);
    const shown = async () => {
      const listed = await page
        .locator('details[data-path]')
        .evaluateAll(each => each.map(one => one.getAttribute('data-path') ?? ''));
      return [...new Set(listed)].sort();
    };
    await page.locator('details[data-path="/v1/models"]').waitFor();
    expect(await shown()).toEqual(all.filter(path => !isAdmin(path)).sort());
    await page.locator('details[data-path="/api/chat_v3"] > summary').click();
    const chat = page.locator('details[data-path="/api/chat_v3"]');
    await chat.getByText('prompt', { exact: true }).first().waitFor();
    await page.getByTestId('show-admin').press('Space');
    expect(await shown()).toEqual(all.sort());
    await close();
  },
  TIMEOUT_MS,
);
