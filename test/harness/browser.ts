// A real browser on a real service. Opens pages in a language, a theme and a size, and collects what must never happen
// in them.

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { workOf } from './pageWork.js';
import { findProgram } from './program.js';
import { testWhere } from './testWhere.js';

export const LANGUAGES = ['fa', 'en', 'zh-TW'] as const;
export const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const;

const LONGEST_WAIT_MS = 120_000;
/** Where a run leaves its pictures. */
const ARTIFACTS = process.env.ARTIFACTS_DIR ?? 'dist/artifacts';
const CHROMIUM = findProgram('chromium');

export const testInBrowser = testWhere(CHROMIUM !== undefined, 'chromium');

export interface Look {
  language?: (typeof LANGUAGES)[number];
  theme?: 'light' | 'dark';
  size?: keyof typeof SIZES;
}

export interface OpenedPage {
  page: Page;
  /** Opens another address, as a reader would who types it, and waits until what it shows is there. */
  goTo(path: string): Promise<void>;
  /** Goes on to another page without loading anew, as a link does. */
  turnTo(path: string): Promise<void>;
  /** Breaches of the policy, errors on the console, requests to other hosts; empty where all is well. */
  troubles(): Promise<string[]>;
  /** The serious and critical findings of axe, each with where it is. */
  barriers(): Promise<string[]>;
  /** What would run, or load something from elsewhere, if a text were taken for markup. */
  attacks(): Promise<string[]>;
  /** How far the page can be scrolled to the side: what is clipped there is not seen. */
  sideways(): Promise<number>;
  /** Saves a picture among the run's artifacts. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface TestBrowser {
  open(path: string, look?: Look): Promise<OpenedPage>;
  /** How much of the processor each task of the page took while `act` ran, in milliseconds, the longest first. */
  workOf(page: Page, act: () => Promise<unknown>): Promise<number[]>;
  close(): Promise<void>;
}

/** `url`: of the service. It starts with its first page, and each page has cookies and storage of its own. */
export function openBrowser(url: string): TestBrowser {
  let launching: Promise<Browser> | undefined;
  const launched = () => {
    launching ??= chromium.launch({
      executablePath: CHROMIUM as string,
      // Root, as in a container, has no sandbox.
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    return launching;
  };
  return {
    open: async (path, look = {}) => openPage(await launched(), url, path, look),
    workOf: async (page, act) => workOf(await launched(), page, act),
    close: async () => (await launching)?.close(),
  };
}

const ATTACKS = `[...document.querySelectorAll('body *')].flatMap(each => {
  const bad = [...each.attributes].filter(({ name, value }) => /^on/.test(name)
    || (/^(href|src|action|formaction|xlink:href)$/.test(name) && /^\\s*(javascript|vbscript|data:(?!image\\/(png|jpe?g|webp|gif);base64,))/i.test(value))
    || (/^(src|poster|srcdoc)$/.test(name) && /evil/.test(value)));
  const isElement = each.closest('[data-testid=reply]') && /^(script|iframe|object|embed|form|link|style|base|meta|video|audio|input)$/i.test(each.tagName);
  return bad.length > 0 || isElement ? [each.outerHTML.slice(0, 200)] : [];
})`;

async function openPage(
  browser: Browser,
  url: string,
  path: string,
  { language = 'en', theme = 'light', size = 'desktop' }: Look,
): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: theme,
    hasTouch: size === 'phone',
    locale: language,
    reducedMotion: 'reduce',
  });
  // It only ends what hangs, also on a busy machine.
  context.setDefaultTimeout(LONGEST_WAIT_MS);
  const troubles = await watch(context, url);
  const page = await context.newPage();
  const goTo = async (path: string) => {
    await page.goto(url + path, { waitUntil: 'load' });
    await settled(page);
  };
  await goTo(path);
  return {
    page,
    goTo,
    async turnTo(path) {
      await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
      await settled(page);
    },
    async troubles() {
      // What was reported just now has arrived when the page answers.
      await page.evaluate(() => undefined);
      return troubles;
    },
    barriers: () => barriersOf(page),
    attacks: () => page.evaluate<string[]>(ATTACKS),
    sideways: () =>
      page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      ),
    async picture(name) {
      await mkdir(ARTIFACTS, { recursive: true });
      const file = `${name}-${language}-${theme}-${size}.jpg`;
      await page.screenshot({ path: join(ARTIFACTS, file), fullPage: true, quality: 70 });
    },
    close: () => context.close(),
  };
}

/** Its heading is there, and nothing of it is on its way. */
async function settled(page: Page): Promise<void> {
  await page.locator('h1, h2').first().waitFor();
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
}

async function watch(context: BrowserContext, url: string): Promise<string[]> {
  const troubles: string[] = [];
  await context.exposeBinding('tellTrouble', (_source, trouble: string) => {
    troubles.push(trouble);
  });
  await context.addInitScript(`document.addEventListener('securitypolicyviolation', event =>
    window.tellTrouble('policy: ' + event.effectiveDirective + ' ' + event.blockedURI + ' ' + event.sample))`);
  context.on('console', message => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  context.on('weberror', ({ error }) => {
    const fault = error();
    troubles.push(`error: ${fault.message}`);
  });
  context.on('dialog', dialog => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', request => {
    const asked = request.url();
    if (/^(data|blob):/.test(asked) || asked.startsWith(`${url}/`)) return;
    troubles.push(`another host: ${asked}`);
  });
  return troubles;
}

async function barriersOf(page: Page): Promise<string[]> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  // Run by the debugger and not as an element of the page, whose policy would refuse it.
  await page.evaluate(await readFile(file, 'utf8'));
  const { violations } = (await page.evaluate(
    "axe.run({ resultTypes: ['violations'] })",
  )) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary = '' }) => `${id}: ${target.join(' ')}: ${failureSummary}`,
      ),
    );
}
