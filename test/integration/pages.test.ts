// What the service answers under the addresses of the pages: to browsers, and to programs.

import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';

const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

function get(path: string, headers: Record<string, string> = BROWSER) {
  return fetch(service.url + path, { headers });
}

test.each([
  '/',
  '/playground',
  '/account',
  `/claim/${'a'.repeat(43)}`,
  '/sign-in/x',
  '/admin',
  '/admin/licenses',
  '/docs/models/a%2Fb',
])('%s is a page that runs only its own scripts', async path => {
  const answer = await get(path);
  expect(answer.status).toBe(200);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/=]+'; style-src 'self' 'nonce-[\w+/=]+';/);
  expect(policy).not.toContain('unsafe');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  const again = await get(path);
  expect(again.headers.get('content-security-policy')).not.toBe(policy);
});

test.each<[string, Record<string, string>, string]>([
  ['/?lang=fa', { 'Accept-Language': 'en' }, 'lang="fa" dir="rtl"'],
  ['/', { 'Accept-Language': 'zh-TW,en;q=0.5' }, 'lang="zh-TW" dir="ltr"'],
  ['/', { Cookie: 'sahm_lang=fa', 'Accept-Language': 'en' }, 'lang="fa" dir="rtl"'],
  ['/?lang=en', { Cookie: 'sahm_lang=fa' }, 'lang="en" dir="ltr"'],
  ['/?lang=tlh', { 'Accept-Language': 'fa-IR' }, 'lang="fa" dir="rtl"'],
  ['/?lang=a&lang=b', {}, 'lang="en" dir="ltr"'],
])('%s with %j is in its language', async (path, headers, expected) => {
  expect(await (await get(path, { ...BROWSER, ...headers })).text()).toContain(
    `<html ${expected}>`,
  );
});

test('a chosen language is remembered', async () => {
  const cookie = (await get('/?lang=zh-TW')).headers.get('set-cookie');
  expect(cookie).toMatch(/^sahm_lang=zh-TW;/);
  expect((await get('/')).headers.get('set-cookie')).toBeNull();
});

test('a client that asks for JSON gets an answer for programs', async () => {
  for (const path of ['/', '/playground', '/nowhere']) {
    const answer = await service.call('GET', path, { headers: { Accept: 'application/json' } });
    expect([answer.status, answer.body.error]).toEqual([
      404,
      expect.objectContaining({ code: 'not_found' }),
    ]);
  }
});

test('an unknown address: a page for browsers, an error for programs, 404 for both', async () => {
  const page = await get('/nowhere');
  expect([page.status, page.headers.get('content-type')]).toEqual([
    404,
    'text/html; charset=utf-8',
  ]);
  for (const path of ['/api/nowhere', '/v1/nowhere', '/assets/nowhere.js', '/legal/terms.json/x']) {
    expect((await get(path)).status).toBe(404);
  }
  for (const path of ['/api/nowhere', '/v1/nowhere', '/assets/nowhere.js']) {
    expect((await get(path)).headers.get('content-type')).toMatch(/^application\/json/);
  }
});

test('opening the page of a mailed link does not use the link up', async () => {
  const token = 'x'.repeat(43);
  expect((await get(`/claim/${token}`)).status).toBe(200);
  expect(
    (await service.call('GET', `/claim/${token}`, { headers: { Accept: 'application/json' } }))
      .status,
  ).toBe(405);
});

test('the plans show what each opens, in the reader’s language', async () => {
  const { body } = await service.call('GET', '/api/plans', {
    headers: { 'Accept-Language': 'fa' },
  });
  const plans = body.plans as Array<{ code: string; name: string; models: number }>;
  expect(plans.map(({ code }) => code)).toEqual(['basic', 'pro', 'vip']);
  expect(plans[0]?.name).toBe('پایه');
  expect(plans.every((plan, at) => at === 0 || plan.models >= (plans[at - 1]?.models ?? 0))).toBe(
    true,
  );
});

test('a shop’s name cannot end the element that it is written into', async () => {
  const name = '</script><script>alert(1)</script>';
  const branded = await startService({
    prepare: async catalogDir => {
      await mkdir(`${catalogDir}/branding`);
      const branding = { name, legal: [{ id: 'terms', title: 'Terms', files: 'terms.md' }] };
      await writeFile(`${catalogDir}/branding/branding.json`, JSON.stringify(branding));
      await writeFile(`${catalogDir}/branding/terms.md`, '# Terms');
    },
  });
  try {
    const html = await (await fetch(`${branded.url}/`, { headers: BROWSER })).text();
    expect(html).toContain('alert(1)');
    expect(html).not.toContain('<script>alert');
    expect((await fetch(`${branded.url}/legal/terms`, { headers: BROWSER })).status).toBe(200);
  } finally {
    await branded.close();
  }
});
