// The playground on the real service: what a buyer does there, and what must never happen.

import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  type OpenedPage,
  openBrowser,
  type TestBrowser,
  testInBrowser,
} from '../../harness/browser.js';
import { type Service, startService } from '../../harness/service.js';
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

interface License {
  id: string;
  key: string;
}

let service: Service;
let browser: TestBrowser;

beforeAll(async () => {
  service = await startService({ faults: ['pace-400', 'reasoning', 'image', 'stream-error-2'] });
  browser = openBrowser(service.url);
}, TIMEOUT_MS);

afterAll(async () => {
  await browser.close();
  await service.close();
}, TIMEOUT_MS);

async function opened(): Promise<OpenedPage> {
  return browser.open('/playground?lang=en');
}

async function enter(page: Page, { key }: License, model = MODEL): Promise<void> {
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

testInBrowser(
  'a reply is stopped while it streams, and the meter shows what the ledger took for it',
  async () => {
    const license = await service.issue('basic');
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
    const license = await service.issue('basic');
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
    const license = await service.issue('basic');
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
  'a signed-in buyer chats without a key, finds the chat again after the account, and not after signing out',
  async () => {
    const license = await service.issue('basic');
    const signedIn = await opened();
    const { page, goTo, troubles, picture, close } = signedIn;
    await signIn(signedIn, license);
    await goTo('/playground');
    await page.getByText('Signed in as').waitFor();
    await choose(page, 'qwen/qwen-2.5-7b-instruct');
    await send(page, 'Who am I?');
    await answered(page, 'Who am I?');
    await page.locator('[data-testid=meter-openrouter][data-used="1"]').waitFor();
    await picture('playground-5-signed-in');
    expect(await page.content()).not.toContain(license.key);
    const lookAtAccount = async () => {
      await page.getByRole('link', { name: 'My account' }).first().click();
      await page.waitForURL(`${service.url}/account`);
    };
    await lookAtAccount();
    await page.goBack();
    await answered(page, 'Who am I?');
    expect(await page.getByTestId('model').inputValue()).toContain('qwen-2.5-7b-instruct');
    await lookAtAccount();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByTestId('key').waitFor();
    await page.goBack();
    await page.getByTestId('prompt').waitFor();
    expect(await page.getByTestId('reply').count()).toBe(0);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

/** By the mailed link. */
async function signIn({ page, goTo }: OpenedPage, { id }: License): Promise<void> {
  const [row] = await service.database.prisma.$queryRaw<Array<{ account: string }>>`
    SELECT account_id AS account FROM license WHERE id = ${id}::uuid`;
  const link = await service.deps.selling.buyers.openSignIn(row?.account as string);
  await goTo(`/sign-in/${link}`);
  await page.getByTestId('sign-in').click();
  await page.waitForURL(`${service.url}/account`);
}

testInBrowser(
  'conversations are kept only where the reader wants it, and a key never',
  async () => {
    const license = await service.issue('basic');
    const { page, close } = await opened();
    await enter(page, license, 'qwen/qwen-2.5-7b-instruct');
    await send(page, 'first of all');
    await answered(page, 'first of all');
    expect(await keptIn(page)).toEqual([]);
    await page.getByLabel('Keep conversations here').click();
    await page.locator('aside').getByText('first of all').waitFor();
    await page.reload();
    expect(await page.getByTestId('key').inputValue()).toBe('');
    await page.locator('aside').getByText('first of all').click();
    await answered(page, 'first of all');
    expect(JSON.stringify(await keptIn(page))).not.toContain(license.key);
    await page.getByLabel('Keep conversations here').click();
    await page.reload();
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
  'two hundred hostile texts in a message and in a streamed reply do nothing, nor do names of files',
  async () => {
    const license = await service.issue('vip');
    const { page, attacks, troubles, close } = await opened();
    await enter(page, license);
    const hostile = `${HOSTILE_TEXTS.join('\n\n')}\n\nThe end of it.`;
    await answerWith(page, hostile, 300);
    await send(page, hostile);
    await answered(page, 'The end of it.');
    expect(await attacks()).toEqual([]);
    const names = HOSTILE_TEXTS.slice(0, 40);
    await page.getByTestId('attach').setInputFiles(names.map(name => ({ ...PICTURE, name })));
    await page.getByText('onerror').last().waitFor();
    expect(await attacks()).toEqual([]);
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
const PARTS = 300;

/** 200 kB, half of it in blocks that seem to have no end. */
function longReply(): string {
  const many = (count: number, line: (at: number) => string) =>
    `${Array.from({ length: count }, (_, at) => line(at)).join('\n')}\n\n`;
  return [
    PART.repeat(PARTS),
    many(600, at => `- مورد **${at}** with a few \`words\``),
    `| a | b |\n|---|---|\n${many(700, at => `| ${at} | متن **فارسی** |`)}`,
    `\`\`\`js\n${many(600, at => `const value${at} = Math.max(${at}, 2);`)}\`\`\`\n\n`,
    many(600, at => `سطر ${at} از یک بند بلند`),
    many(300, at => `> line ${at} of a **quote**\n>`),
    'The end of it.',
  ].join('');
}

/** What takes longer is seen as a frame that stands still. */
const FRAME_MOST_MS = 50;
/** Of a machine whose memory others use too. A text that is drawn anew as it grows makes hundreds of long frames. */
const MOST_HICCUPS = 2;

testInBrowser(
  'a reply of 200 kB streams without a frame over 50 ms of work, and what is whole is never drawn again',
  async () => {
    const license = await service.issue('basic');
    const { page, troubles, close } = await opened();
    await enter(page, license, 'qwen/qwen-2.5-7b-instruct');
    const text = longReply();
    expect(Buffer.byteLength(text)).toBeGreaterThan(180_000);
    await answerWith(page, text, 600);
    await page.evaluate(`(() => {
      window.drawn = 0;
      new MutationObserver(changes => {
        for (const { removedNodes } of changes) {
          for (const node of removedNodes) if (node.nodeType === 1 && node.closest?.('h4, table') !== null) window.drawn += 1;
        }
      }).observe(document.querySelector('main'), { childList: true, subtree: true });
    })()`);
    const { workOf } = browser;
    const work = await workOf(page, async () => {
      await send(page, 'a long one');
      // Whoever asks the page more often is work of its own.
      await page.evaluate(`new Promise(resolve => {
        const timer = setInterval(() => {
          if (document.querySelector('[data-state=done]') === null) return;
          clearInterval(timer);
          resolve();
        }, 200);
      })`);
      await answered(page, 'The end of it.');
    });
    const [longestMs = 0] = work;
    process.stdout.write(`longest task: ${Math.round(longestMs)} ms of work\n`);
    expect(longestMs).toBeGreaterThan(0);
    expect(work.filter(ms => ms > FRAME_MOST_MS).length).toBeLessThanOrEqual(MOST_HICCUPS);
    const reply = page.getByTestId('reply');
    expect(await reply.locator('h4').count()).toBe(PARTS);
    expect(await reply.getByRole('row').count()).toBeGreaterThan(PARTS * 2 + 700);
    // Of a block that grows, an element may change once or twice; a text drawn anew each frame would be thousands.
    expect(await page.evaluate<number>('window.drawn')).toBeLessThan(PARTS * 6);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);
