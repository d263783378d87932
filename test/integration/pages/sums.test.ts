// The sums that pages show are the ledger's, also over the edge of a month and of the quotas' zone. PAGE_HISTORIES sets
// how many random histories; a run prints its seed, and PAGE_SEED repeats it.

import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser, testInBrowser } from '../../harness/browser.js';
import { createRandom } from '../../harness/random.js';
import { PASSWORD, type Service, startService } from '../../harness/service.js';
import { shiftClock } from '../../harness/testDatabase.js';

const TIMEOUT_MS = 900_000;
const HISTORIES = Number(process.env.PAGE_HISTORIES ?? 4);
const SEED = Number(process.env.PAGE_SEED ?? Date.now() % 1_000_000);
const ZONE = 'Asia/Tehran';
/** The first of October in Tehran; elsewhere it is still September. */
const EDGE = Date.parse('2026-09-30T20:30:00Z');
const HALF_HOUR_MS = 1_800_000;
const OWNER = 'owner@example.com';
const MODELS = ['qwen/qwen-2.5-7b-instruct', 'deepseek/deepseek-chat', 'openai/gpt-5.2', 'no-such'];

let service: Service;
let browser: TestBrowser;

beforeAll(async () => {
  service = await startService({ env: { QUOTA_TIME_ZONE: ZONE } });
  browser = openBrowser(service.url);
  await service.createAdministrator(OWNER, 'owner');
}, TIMEOUT_MS);

afterAll(async () => {
  await browser.close();
  await service.close();
}, TIMEOUT_MS);

testInBrowser(
  'days, models and what is left on the pages of account and administration add up to the ledger',
  async () => {
    process.stdout.write(`PAGE_SEED=${SEED}\n`);
    const { prisma } = service.database;
    const setClock = (at: number) =>
      shiftClock(prisma, `${Math.round((at - Date.now()) / 1_000)} seconds`);
    const random = createRandom(SEED);
    // From two days before the edge to two days after it.
    const instants = Array.from(
      { length: 7 },
      () => EDGE + (random.below(192) - 96) * HALF_HOUR_MS,
    );
    const [first = EDGE, ...others] = [...instants, EDGE - 1_000, EDGE].sort((a, b) => a - b);
    await setClock(first);
    const licenses = [];
    for (let at = 0; at < HISTORIES; at++) licenses.push(await service.issue('vip'));
    for (const instant of [first, ...others]) {
      await setClock(instant);
      for (const { key } of licenses) {
        for (let turn = random.below(3); turn > 0; turn--) {
          const model = random.pick(MODELS) as string;
          await service.post('/api/chat_v3', { api_key: key, model, prompt: 'x' });
        }
      }
    }
    const now = EDGE + 2.1 * 86_400_000;
    await setClock(now);
    const { page, goTo, troubles, close } = await browser.open('/account?lang=en');
    await page.clock.setFixedTime(now);
    for (const { id, key } of licenses) {
      await goTo('/account');
      await page.getByTestId('key').fill(key);
      await page.getByTestId('sign-in').click();
      await page.getByTestId('plan').waitFor();
      const { quotas } = await service.deps.chat.ledger.usage(id);
      expect([await usedOn(page, 'openrouter'), await usedOn(page, 'openai')]).toEqual([
        quotas.openrouter.used,
        quotas.openai.used,
      ]);
      for (const [shown, group] of [
        ['Day', 'day'],
        ['Model', 'model'],
      ] as const) {
        expect(await rowsOn(page, shown)).toEqual(await chargedBy(group, id));
      }
    }
    await goTo('/admin');
    await page.getByTestId('email').fill(OWNER);
    await page.getByTestId('password').fill(PASSWORD);
    await page.getByTestId('sign-in').click();
    await page.getByTestId('search').waitFor();
    for (const { id } of licenses) {
      const { quotas } = await service.deps.chat.ledger.usage(id);
      await goTo(`/admin/licenses/${id}`);
      const { planLimit, used } = quotas.openrouter;
      await page.getByText(`Left now: ${planLimit - used}`).waitFor();
    }
    expect(await service.deps.admin.findProblems()).toEqual([]);
    expect(await troubles()).toEqual([]);
    await close();
  },
  TIMEOUT_MS,
);

async function usedOn(page: Page, provider: string): Promise<number> {
  return Number(await page.getByTestId(`meter-${provider}`).getAttribute('data-used'));
}

/** What the table of usage says: requests by what they are grouped by. */
async function rowsOn(page: Page, group: 'Day' | 'Model'): Promise<Record<string, number>> {
  const usage = page.getByTestId('usage-chart');
  await usage.getByText(group, { exact: true }).click();
  await usage.locator('canvas, table').or(usage.getByText('Nothing')).first().waitFor();
  const asTable = usage.getByRole('button', { name: 'As a table' });
  if (await asTable.isVisible()) await asTable.click();
  await usage.locator('canvas').waitFor({ state: 'detached' });
  await usage
    .locator(group === 'Day' ? 'tbody time' : 'tbody bdi')
    .or(usage.getByText('Nothing'))
    .first()
    .waitFor();
  const rows = await usage
    .locator('tbody tr')
    .evaluateAll(each =>
      each.map(row =>
        [...row.querySelectorAll('td')].map(
          cell => cell.querySelector('time')?.dateTime ?? cell.textContent ?? '',
        ),
      ),
    );
  return Object.fromEntries(rows.map(([key = '', requests]) => [key, Number(requests)]));
}

async function chargedBy(group: 'day' | 'model', id: string): Promise<Record<string, number>> {
  const { prisma } = service.database;
  const rows = await prisma.$queryRaw<Array<{ day: string; model: string; count: bigint }>>`
    SELECT to_char(created_at AT TIME ZONE ${ZONE}, 'YYYY-MM-DD') AS day, model, count(*)
    FROM hold WHERE license_id = ${id}::uuid AND state = 'posted' GROUP BY 1, 2`;
  const sums: Record<string, number> = {};
  for (const row of rows) sums[row[group]] = (sums[row[group]] ?? 0) + Number(row.count);
  return sums;
}
