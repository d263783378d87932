// 500 calls at once, over three replicas, on one wallet that can pay for about 60 of them.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Wallet } from '../../src/domain/quota.js';
import type { HoldWant } from '../../src/store/ledger/index.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { type PricedUpstream, startPricedUpstream } from '../fakes/pricedUpstream.js';
import { addPlans } from '../harness/faultCatalog.js';
import { createRandom } from '../harness/random.js';
import { type Answer, REPLICA_SECRETS, type Service, startService } from '../harness/service.js';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const MODEL = 'openai/gpt-4o-mini';
const MONTHLY = 3_000;
const REPLICAS = 3;

let upstream: PricedUpstream;
const replicas: Service[] = [];
beforeAll(async () => {
  upstream = await startPricedUpstream();
  const origin = `${upstream.origin}/v1`;
  const prepare = async (catalogDir: string) => {
    const allowances = { all: MONTHLY };
    await addPlans(catalogDir, {
      code: 'purse',
      rank: 4,
      name: 'purse',
      meter: 'money',
      allowances,
    });
  };
  const env = { OPENROUTER_API_KEY: 'k', OPENROUTER_BASE_URL: origin, ...REPLICA_SECRETS };
  for (let replica = 0; replica < REPLICAS; replica++) {
    const database = replicas[0]?.database;
    replicas.push(await startService({ prepare, env, ...(database && { database }) }));
  }
});
afterAll(async () => {
  for (const replica of replicas.toReversed()) await replica.close();
  await upstream.close();
});

test('it never goes below zero, refuses only what does not fit, and what is left is less than a call', async () => {
  console.info(`seed ${seed}`);
  const random = createRandom(seed);
  const wronglyRefused = watchRefusals();
  const [first] = replicas as [Service];
  const license = await first.issue('purse');
  const headers = { Authorization: `Bearer ${license.key}` };
  // The upstream says fewer tokens than it is let, so that much of each hold comes back.
  upstream.wordy = 40;
  let said = 0;
  upstream.usage = tokens => {
    const cost = 10 + random.below(31);
    said += cost;
    return `{"prompt_tokens":9,"completion_tokens":${tokens},"cost":${(cost / 1e6).toFixed(6)}}`;
  };
  const sizes = [60, 100, 200, 3_000];
  const body = (max_tokens: number) => ({
    model: MODEL,
    messages: [{ role: 'user', content: 'hello' }],
    max_tokens,
  });
  const leastOf = new Map<number, number>();
  for (const size of sizes) {
    // What is longer than 256 tokens may be made that short.
    const { body: estimate } = await first.post('/v1/estimate', body(Math.min(size, 256)), headers);
    leastOf.set(size, Number(estimate.max_cost_microusd));
  }
  const smallest = Math.min(...leastOf.values());

  let waiting = Array.from({ length: 500 }, () => random.pick(sizes) as number);
  let charged = 0;
  let served = 0;
  while (waiting.length > 0) {
    const answers = await Promise.all(
      waiting.map(async (size, index) => {
        const replica = replicas[index % REPLICAS] as Service;
        return [size, await replica.post('/v1/chat/completions', body(size), headers)] as const;
      }),
    );
    waiting = [];
    for (const [size, answer] of answers) {
      charged += Number(answer.headers.get('x-quota-charged'));
      if (answer.status === 200) {
        served += 1;
        continue;
      }
      const { left, code } = refusalIn(answer);
      expect(left).toBeGreaterThanOrEqual(0);
      if (code === 'quota_reserved') waiting.push(size);
      else expect(left).toBeLessThan(leastOf.get(size) as number);
    }
  }
  const last = await first.post('/v1/chat/completions', body(Math.min(...sizes)), headers);
  charged += Number(last.headers.get('x-quota-charged'));
  const { wallet } = await first.deps.chat.ledger.usage(license.id);
  expect(wallet?.quota.used).toBe(charged);
  expect(charged).toBe(said);
  expect(MONTHLY - charged).toBeLessThan(smallest);
  expect(served).toBeGreaterThan(60);
  expect(wronglyRefused).toEqual([]);
  expect(await findLedgerProblems(first.database.prisma)).toEqual([]);
});

/**
 * Collects refusals of what had room. The counters of a refusal are those of its decision, or of a moment later,
 * when others of the same batch hold some more: whatever is free by them was free for it too.
 */
function watchRefusals(): HoldWant[] {
  const wronglyRefused: HoldWant[] = [];
  for (const { deps } of replicas) {
    const { ledger } = deps.chat;
    const hold = ledger.hold.bind(ledger);
    ledger.hold = async want => {
      const result = await hold(want);
      if (result.kind === 'full') {
        const { planLimit, used, held } = (result.usage.wallet as Wallet).quota;
        if (planLimit - used - held >= (want.least as number)) wronglyRefused.push(want);
      }
      return result;
    };
  }
  return wronglyRefused;
}

function refusalIn({ status, body }: Answer): { left: number; code: string } {
  expect(status).toBe(429);
  const { error, quota } = body as { error: { code: string }; quota: { remaining: number } };
  return { left: quota.remaining, code: error.code };
}
