// The playground on the real service: what a buyer does there, and what must never happen.

import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type MailServer, startMailServer } from '../../fakes/mailServer.js';
import {
  type Look,
  type OpenedPage,
  startBrowser,
  type TestBrowser,
  testInBrowser,
} from '../../harness/browser.js';
import { freePorts } from '../../harness/program.js';
import { type IssuedLicense, openSite, type Site } from '../../harness/site.js';
import { HOSTILE_TEXTS } from '../../web/hostileTexts.js';

const TIMEOUT_MS = 240_000;
const MODEL = 'openai/gpt-5.2';
const PICTURE = {
  name: 'red.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
    'base64',
  ),
};
/** A frame that takes longer is seen. The wall clock of a shared machine is no judge of it: see the test. */
const LONG_REPLY_BYTES = 200_000;

let site: Site;
let mails: MailServer;
let url: string;
let browser: TestBrowser | undefined;

beforeAll(async () => {
  const faults = ['pace-400', 'reasoning', 'image', 'stream-error-2'];
  mails = await startMailServer();
  // Mailed links need an address that is known before the service is there.
  const [port] = await freePorts(1);
  const environment = {
    SMTP_URL: mails.url,
    MAIL_FROM: 'shop@example.com',
    PORT: `${port}`,
    PUBLIC_URL: `http://localhost:${port}`,
  };
  site = await openSite({ database: 'embedded', faults, environment });
  const [service] = await site.start();
  url = service?.url ?? '';
}, TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  await site.close();
  await mails.close();
}, TIMEOUT_MS);

async function opened(look: Look = {}): Promise<OpenedPage> {
  browser ??= await startBrowser(url);
  return browser.open(`/playground?lang=${look.language ?? 'en'}`, look);
}

async function enter(page: Page, { key }: IssuedLicense, model = MODEL): Promise<void> {
  await page.getByTestId('key').fill(key);
  await page.locator('[data-testid=meter-openai][data-used]').waitFor();
  await choose(page, model);
}

async function choose(page: Page, model: string): Promise<void> {
  await page.getByTestId('model').fill(model);
  await page.getByTestId('model').press('Enter');
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByTestId('prompt').fill(text);
  await page.getByTestId('send').click();
}

async function answered(page: Page, text: string): Promise<void> {
  await page.getByTestId('reply').filter({ hasText: text }).waitFor();
  await page.getByTestId('send').waitFor();
}

for (const look of [
  { language: 'fa', theme: 'light', size: 'desktop' },
  { language: 'en', theme: 'dark', size: 'phone' },
] as const) {
  testInBrowser(
    `${look.language}, ${look.size}: a picture is asked about until the quota is used up; meters and reasons go along`,
    async () => {
      const license = await site.issue('vip', { openai: 2 });
      const { page, troubles, barriers, picture, close } = await opened(look);
      await picture('playground-1-empty');
      await enter(page, license);
      const meter = page.getByTestId('meter-openai');
      expect(await meter.getAttribute('data-limit')).toBe('2');
      for (const used of [1, 2]) {
        await page.getByTestId('attach').setInputFiles(PICTURE);
        await send(page, `Number ${used}: چه می‌بینی؟`);
        await answered(page, `images: 1. You said: Number ${used}`);
        expect(await meter.getAttribute('data-used')).toBe(`${used}`);
        expect(await page.getByTestId('error').count()).toBe(0);
      }
      await picture('playground-2-answered');
      await send(page, 'Once more');
      const error = page.getByTestId('error');
      await error.waitFor();
      expect(await error.textContent()).toMatch(/GPT\/OpenAI/);
      expect(await meter.getAttribute('data-used')).toBe('2');
      // The ledger says the same as the page.
      const { usage_breakdown } = await site.admin('GET', `/licenses/${license.id}`);
      expect(usage_breakdown.openai).toMatchObject({ used: 2, held: 0 });
      const samples = await page.getByTestId('samples').textContent();
      expect(samples).toContain(`curl ${url}/v1/chat/completions`);
      expect(samples).not.toContain(license.key);
      await openEverything(page);
      await picture('playground-3-refused');
      expect(await barriers()).toEqual([]);
      // The refusal itself is an answer that the console names.
      expect((await troubles()).filter(trouble => !trouble.includes('429'))).toEqual([]);
      expect(await keysLeftIn(page, license)).toEqual([]);
      expect(await sidewaysOf(page)).toBe(0);
      await close();
    },
    TIMEOUT_MS,
  );
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

/** Where a key could stay after the page is closed. */
async function keysLeftIn(page: Page, { key }: IssuedLicense): Promise<string[]> {
  const places = await page.evaluate<string[]>(`[
    location.href, document.referrer, document.cookie, document.title, JSON.stringify(history.state),
    JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage}),
    ...performance.getEntriesByType('resource').map(each => each.name),
  ]`);
  return places.filter(place => place.includes(key));
}

function sidewaysOf(page: Page): Promise<number> {
  return page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
}

testInBrowser(
  'a reply is stopped while it streams, and the meter shows what the ledger took for it',
  async () => {
    const license = await site.issue('basic');
    const { page, close } = await opened();
    await enter(page, license, 'fault/pace-400');
    await send(page, 'one two three four five six seven eight nine ten');
    await page.getByTestId('reply').filter({ hasText: '[sandbox]' }).waitFor();
    await page.getByTestId('stop').click();
    await page.getByTestId('send').waitFor();
    await page.locator('[data-state=stopped]').waitFor();
    expect(await page.getByTestId('reply').textContent()).not.toContain('ten');
    await page.locator('[data-testid=meter-openrouter][data-used="1"]').waitFor();
    await page.getByText(/1 request of .OpenRouter. charged/).waitFor();
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'what would be refused is told before it is sent; what is refused says why, and costs nothing',
  async () => {
    const license = await site.issue('basic');
    const { page, close } = await opened();
    await send(page, 'hello');
    expect(await page.getByTestId('error').textContent()).toContain('Enter your key');
    await enter(page, license, 'qwen/qwen-2.5-7b-instruct');
    await page.getByTestId('attach').setInputFiles(PICTURE);
    await page.getByTestId('error').filter({ hasText: 'takes no' }).waitFor();
    await page.getByTestId('send').click();
    expect(await page.getByTestId('reply').count()).toBe(0);
    await page.getByRole('button', { name: /^Remove .red\.png/ }).click();
    await choose(page, MODEL);
    await page.getByText('it needs').waitFor();
    await page.getByTestId('prompt').press('Enter');
    await page.getByTestId('error').filter({ hasText: 'VIP' }).waitFor();
    await page.getByText('Nothing charged').waitFor();
    await choose(page, 'fault/stream-error-2');
    await send(page, 'again');
    await page.getByTestId('error').filter({ hasNotText: 'VIP' }).waitFor();
    await choose(page, 'nobody/nothing');
    await send(page, 'again');
    await page.getByTestId('error').filter({ hasText: 'nobody/nothing' }).waitFor();
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'two models answer beside each other; reasoning is folded away; pictures that a model makes are shown',
  async () => {
    const license = await site.issue('basic');
    const { page, troubles, picture, close } = await opened();
    await enter(page, license, 'fault/reasoning');
    await page.getByRole('button', { name: 'Compare two' }).click();
    await page.getByTestId('model-second').fill('fault/image');
    await send(page, 'hello');
    await page.locator('[data-state=done]').nth(1).waitFor();
    expect(await page.locator('img[src^="data:image/png"]').count()).toBe(1);
    expect(await page.getByText('A moment of thought').isVisible()).toBe(false);
    await page.getByText('What the model thought').click();
    await page.getByText('A moment of thought').waitFor();
    await page.locator('[data-testid=meter-openrouter][data-used="2"]').waitFor();
    await picture('playground-4-compared');
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

testInBrowser(
  'whoever is signed in chats without a key: none comes to the browser',
  async () => {
    const license = await site.issue('basic');
    const { page, troubles, picture, close } = await opened();
    await page.goto(`${url}/docs`);
    await signIn(page, license);
    await page.goto(`${url}/playground?lang=en`, { waitUntil: 'networkidle' });
    await page.getByText('Signed in as').waitFor();
    await choose(page, 'qwen/qwen-2.5-7b-instruct');
    await send(page, 'Who am I?');
    await answered(page, 'Who am I?');
    await page.locator('[data-testid=meter-openrouter][data-used="1"]').waitFor();
    await picture('playground-5-signed-in');
    expect(await page.content()).not.toContain(license.key);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

/** By the mailed link, whose token is used as its page would. */
async function signIn(page: Page, { id }: IssuedLicense): Promise<void> {
  const { license } = await site.admin('GET', `/licenses/${id}`);
  await page.evaluate(`fetch('/api/sign-in', { method: 'POST',
    headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email: ${JSON.stringify(license.email)} }) })`);
  const token = await mailedToken(license.email);
  const status = await page.evaluate<number>(
    `fetch('/api/sign-in/${token}', { method: 'POST' }).then(({ status }) => status)`,
  );
  expect(status).toBe(200);
}

async function mailedToken(email: string): Promise<string> {
  for (;;) {
    const mail = mails.received.findLast(({ to, text }) => to === email && /sign-in/.test(text));
    const token = /\/sign-in\/([\w-]+)/.exec(mail?.text ?? '')?.[1];
    if (token) return token;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

testInBrowser(
  'conversations are kept only where the reader wants it, and a key never',
  async () => {
    const license = await site.issue('basic');
    const { page, close } = await opened();
    await enter(page, license, 'qwen/qwen-2.5-7b-instruct');
    await send(page, 'first of all');
    await answered(page, 'first of all');
    expect(await keptIn(page)).toEqual([]);
    await page.getByLabel('Keep conversations here').click();
    await page.locator('aside').getByText('first of all').waitFor();
    await page.reload({ waitUntil: 'networkidle' });
    expect(await page.getByTestId('key').inputValue()).toBe('');
    await page.locator('aside').getByText('first of all').click();
    await answered(page, 'first of all');
    expect(JSON.stringify(await keptIn(page))).not.toContain(license.key);
    await page.getByLabel('Keep conversations here').click();
    await page.reload({ waitUntil: 'networkidle' });
    expect(await keptIn(page)).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

function keptIn(page: Page): Promise<unknown[]> {
  return page.evaluate<unknown[]>(`(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name);
    const all = await Promise.all(names.map(name => new Promise(resolve => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => {
        const database = opening.result;
        const stores = [...database.objectStoreNames];
        if (stores.length === 0) return resolve([]);
        const asking = database.transaction(stores[0]).objectStore(stores[0]).getAll();
        asking.onsuccess = () => { database.close(); resolve(asking.result); };
      };
    })));
    return all.flat();
  })()`);
}

/** Answers chats in the service's place, in pieces of this many letters. */
async function answerWith(page: Page, text: string, letters: number): Promise<void> {
  await page.evaluate(`(() => {
    const text = ${JSON.stringify(text)}, letters = ${letters}, real = window.fetch;
    window.fetch = (address, options) => {
      if (!String(address).endsWith('/chat/completions')) return real(address, options);
      let at = 0;
      const encoder = new TextEncoder();
      const event = data => encoder.encode('data: ' + (typeof data === 'string' ? data : JSON.stringify(data)) + '\\n\\n');
      const body = new ReadableStream({
        async pull(stream) {
          if (at >= text.length) {
            stream.enqueue(event({ choices: [{ delta: {}, finish_reason: 'stop' }], quota: { charged: 1 } }));
            stream.enqueue(event('[DONE]'));
            return stream.close();
          }
          stream.enqueue(event({ choices: [{ delta: { content: text.slice(at, at + letters) } }] }));
          at += letters;
          await new Promise(resolve => setTimeout(resolve, 4));
        },
      });
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    };
  })()`);
}

testInBrowser(
  'two hundred hostile texts in a message and in a streamed reply do nothing',
  async () => {
    const license = await site.issue('basic');
    const { page, troubles, close } = await opened();
    await enter(page, license, 'qwen/qwen-2.5-7b-instruct');
    const hostile = `${HOSTILE_TEXTS.join('\n\n')}\n\nThe end of it.`;
    await answerWith(page, hostile, 300);
    await send(page, hostile);
    await answered(page, 'The end of it.');
    const found = await page.evaluate<
      string[]
    >(`[...document.querySelectorAll('main *')].flatMap(each => {
      const bad = [...each.attributes].filter(({ name, value }) => /^on/.test(name)
        || (/^(href|src|action|formaction|xlink:href)$/.test(name) && /^\\s*(javascript|vbscript|data:(?!image\\/(png|jpe?g|webp|gif);base64,))/i.test(value))
        || (/^(src|poster|srcdoc)$/.test(name) && /evil/.test(value)));
      const isElement = each.closest('[data-testid=reply]') && /^(script|iframe|object|embed|form|link|style|base|meta|video|audio|input)$/i.test(each.tagName);
      return bad.length > 0 || isElement ? [each.outerHTML.slice(0, 200)] : [];
    })`);
    expect(found).toEqual([]);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

const PART = `## بخش تازه

React یک کتابخانه برای ساخت **رابط کاربری** است و با \`useState\` کار می‌کند.

- مورد *اول* با [پیوند](https://example.com)
- second item

\`\`\`js
const value = Math.max(1, 2);
\`\`\`

| نام | value |
|---|---|
| سلام | 12 |

`;

testInBrowser(
  'a reply of 200 kB is drawn block by block: what is whole is never drawn again',
  async () => {
    const license = await site.issue('basic');
    const { page, troubles, close } = await opened();
    await enter(page, license, 'qwen/qwen-2.5-7b-instruct');
    const parts = Math.ceil(LONG_REPLY_BYTES / Buffer.byteLength(PART));
    await answerWith(page, `${PART.repeat(parts)}The end of it.`, 600);
    await page.evaluate(`(() => {
      window.longest = 0;
      window.drawn = 0;
      let last = performance.now();
      const tick = now => { window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(tick); };
      requestAnimationFrame(tick);
      new MutationObserver(changes => {
        for (const { removedNodes } of changes) {
          for (const node of removedNodes) if (node.nodeType === 1 && node.closest?.('h4, table') !== null) window.drawn += 1;
        }
      }).observe(document.querySelector('main'), { childList: true, subtree: true });
    })()`);
    page.setDefaultTimeout(TIMEOUT_MS);
    await send(page, 'a long one');
    await answered(page, 'The end of it.');
    const [headings, tables, drawn, longest] = await page.evaluate<number[]>(
      `[...['h4', 'table'].map(each => document.querySelectorAll('[data-testid=reply] ' + each).length), window.drawn, window.longest]`,
    );
    process.stdout.write(`longest frame: ${Math.round(longest ?? 0)} ms\n`);
    expect([headings, tables]).toEqual([parts, parts]);
    // Of a block that grows, an element may change once or twice; a text drawn anew each frame would be thousands.
    expect(drawn).toBeLessThan(parts * 3);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);
