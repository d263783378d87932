// Beside a replica of an earlier release, which keeps a license's own limits in columns of the license.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROVIDERS } from '../../src/domain/provider.js';
import { inTransaction } from '../../src/store/database/transaction.js';
import { type Administration, openAdministration } from './administration.js';

let administration: Administration;
let operator: string;
beforeAll(async () => {
  administration = await openAdministration();
  operator = await administration.signInAs('operator');
});
afterAll(async () => {
  expect(await administration.findProblems()).toEqual([]);
  await administration.close();
});

type Limits = Record<(typeof PROVIDERS)[number], number | null>;
const call = (method: 'get' | 'patch', id: string) =>
  administration.call(method, `/admin/api/licenses/${id}`, operator);
const change = async (id: string, limits: Partial<Limits>) =>
  expect((await call('patch', id).send({ limits })).status).toBe(200);

/** As it wrote them, and brought the month that is open into agreement. */
async function changeAsBefore(id: string, limits: Partial<Limits>): Promise<void> {
  const assignments = Object.entries(limits).map(([name, units]) => `${name}_limit = ${units}`);
  const allowances = PROVIDERS.map(provider => ({ plan: 'vip', provider, units: 100 }));
  await inTransaction(administration.prisma, async transaction => {
    await transaction.$queryRaw`
      SELECT openrouter_limit FROM license WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
    await transaction.$executeRawUnsafe(
      `UPDATE license SET ${assignments.join(', ')} WHERE id = '${id}'`,
    );
    await transaction.$executeRaw`
      SELECT FROM quota_period WHERE license_id = ${id}::uuid
      ORDER BY license_id, period, provider FOR NO KEY UPDATE`;
    await transaction.$executeRaw`
      UPDATE quota_period own SET plan_limit = entitled.plan_limit,
        highest_limit = greatest(own.highest_limit, entitled.plan_limit + own.addon_limit)
      FROM sahm_entitled(ARRAY[${id}::uuid], '2026-01', ${JSON.stringify(allowances)}::json) entitled
      WHERE own.license_id = entitled.license_id AND own.provider = entitled.provider`;
  });
}

/** As it read them. */
async function readAsBefore(id: string): Promise<Limits | undefined> {
  const [limits] = await administration.prisma.$queryRaw<Limits[]>`
    SELECT openrouter_limit::int AS openrouter, openai_limit::int AS openai
    FROM license WHERE id = ${id}::uuid`;
  return limits;
}

/** What this release shows: the limits, and what of them counts in the month. */
async function show(id: string): Promise<{ limits: Limits; counts: number[] }> {
  const { limits, usage_breakdown: usage } = (await call('get', id)).body;
  return { limits, counts: PROVIDERS.map(provider => usage[provider].plan_limit) };
}

test('a limit that it writes is shown here, and counts at once, in an open month and in a new one', async () => {
  for (const isOpen of [true, false]) {
    const { id, key } = await administration.issue(operator, { plan: 'vip' });
    if (isOpen) expect(await administration.use(key, 'openrouter')).toBe('held');
    await changeAsBefore(id, { openrouter: 3 });
    expect(await show(id)).toMatchObject({ limits: { openrouter: 3, openai: null } });
    const results: string[] = [];
    for (let time = 0; time < 4; time++) results.push(await administration.use(key, 'openrouter'));
    expect(results.filter(result => result === 'held').length).toBe(isOpen ? 2 : 3);
    await changeAsBefore(id, { openrouter: null, openai: 0 });
    expect(await show(id)).toEqual({ limits: { openrouter: null, openai: 0 }, counts: [100, 0] });
  }
});

test('it reads the limits that are written here', async () => {
  const { id } = await administration.issue(operator, { plan: 'vip' });
  expect(await readAsBefore(id)).toEqual({ openrouter: null, openai: null });
  await change(id, { openrouter: 2, openai: 0 });
  expect(await readAsBefore(id)).toEqual({ openrouter: 2, openai: 0 });
  await change(id, { openrouter: null });
  expect(await readAsBefore(id)).toEqual({ openrouter: null, openai: 0 });
  await changeAsBefore(id, { openrouter: 7 });
  expect((await show(id)).limits).toEqual({ openrouter: 7, openai: 0 });
});

test('changes of both at once: both end with the same limits, and these count', async () => {
  const { id, key } = await administration.issue(operator, { plan: 'vip' });
  for (const provider of PROVIDERS) await administration.use(key, provider);
  const changes = Array.from({ length: 12 }, (_, at) => {
    const limits = at % 3 === 0 ? { openrouter: at, openai: null } : { openai: at };
    return at % 2 === 0 ? change(id, limits) : changeAsBefore(id, limits);
  });
  await Promise.all([...changes, administration.use(key, 'openrouter')]);
  await change(id, { openrouter: 40 });
  await changeAsBefore(id, { openai: 50 });
  expect(await readAsBefore(id)).toEqual({ openrouter: 40, openai: 50 });
  expect(await show(id)).toEqual({ limits: { openrouter: 40, openai: 50 }, counts: [40, 50] });
});
