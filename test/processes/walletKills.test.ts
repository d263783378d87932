// Many calls at once, over three replicas, on one wallet that affords about half of them: their holds grow while their
// answers come, and a replica is killed in the middle of them. The database is the witness: it looks at each decision
// in the decision's own transaction. CALLS=500 makes a longer run; SEED repeats one.

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PricedUpstream, startPricedUpstream } from '../fakes/pricedUpstream.js';
import { addPlans } from '../harness/faultCatalog.js';
import { until } from '../harness/load.js';
import { createRandom } from '../harness/random.js';
import type { ServiceProcess } from '../harness/serviceProcess.js';
import { heldUnits, openSite, type Site } from '../harness/site.js';

const CALLS = Number(process.env.CALLS ?? 80);
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const MODEL = 'openai/gpt-4o-mini';
const MONTHLY = 8_000;
const LEASE_MS = 4_000;
const TIMEOUT_MS = 180_000;

/** What is wrong is written down by the transaction that did it. */
const WITNESS = `
CREATE TABLE witness (what text, seen json);
ALTER FUNCTION sahm_hold_wallets(json, text, bigint) RENAME TO sahm_hold_wallets_unseen;
CREATE FUNCTION sahm_hold_wallets(wants json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
  answer json := sahm_hold_wallets_unseen(wants, zone, lease_ms);
BEGIN
  INSERT INTO witness SELECT 'refused what fits', to_json(own)
  FROM json_to_recordset(answer->'answers') AS told(id uuid, verdict text)
  JOIN json_to_recordset(wants) AS want(id uuid, license_id uuid, least bigint) ON want.id = told.id
  JOIN quota_period own ON own.license_id = want.license_id AND own.provider = 'all'
  WHERE told.verdict = 'full' AND plan_limit + addon_limit - used - held >= want.least;
  RETURN answer;
END $$;
ALTER FUNCTION sahm_extend(json) RENAME TO sahm_extend_unseen;
CREATE FUNCTION sahm_extend(wants json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  answer json := sahm_extend_unseen(wants);
BEGIN
  INSERT INTO witness SELECT CASE WHEN told.units >= want.units THEN 'grew'
      WHEN plan_limit + addon_limit - used - held > 0 THEN 'grew less than fits' ELSE 'could not grow' END, to_json(own)
  FROM json_to_recordset(answer) AS told(id uuid, units bigint)
  JOIN json_to_recordset(wants) AS want(hold_id uuid, units bigint) ON want.hold_id = told.id
  JOIN hold ON hold.id = told.id
  JOIN quota_period own ON own.license_id = hold.license_id AND own.provider = 'all';
  RETURN answer;
END $$;
CREATE FUNCTION sahm_see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO witness VALUES ('overdrawn', to_json(NEW));
  RETURN NULL; END $$;
CREATE TRIGGER seen AFTER UPDATE ON quota_period FOR EACH ROW
  WHEN (NEW.used + NEW.held > NEW.plan_limit + NEW.addon_limit) EXECUTE FUNCTION sahm_see();`;

let upstream: PricedUpstream;
let site: Site;
beforeAll(async () => {
  upstream = await startPricedUpstream();
  upstream.namesCalls = true;
  upstream.pause = () => sleep(15);
  const told = (tokens: number) => (costOf(tokens) / 1e6).toFixed(7);
  upstream.usage = tokens =>
    `{"prompt_tokens":9,"completion_tokens":${tokens},"cost":${told(tokens)}}`;
  upstream.generation = id => `{"data":{"total_cost":${told(upstream.said.get(id) ?? 0)}}}`;
  site = await openSite({
    database: 'postgres',
    environment: {
      OPENROUTER_BASE_URL: `${upstream.origin}/v1`,
      UPSTREAM_TIMEOUT_MS: String(LEASE_MS - 1_000),
      HOLD_LEASE_MS: String(LEASE_MS),
    },
  });
  const allowances = { all: MONTHLY };
  const meter = 'money';
  await addPlans(site.catalogDir, { code: 'purse', rank: 4, name: 'purse', meter, allowances });
  await site.start(3);
  await site.query(WITNESS);
}, TIMEOUT_MS);
afterAll(async () => {
  await site?.close();
  await upstream?.close();
}, TIMEOUT_MS);

/** In micro-dollars. Less than the bound of as many tokens. */
function costOf(tokens: number): number {
  return 1 + tokens * 0.6;
}

interface Call {
  words: number;
  stream: boolean;
}

type Answer =
  | { kind: 'answer'; words: number; end: string; charged: number }
  | { kind: 'refused'; code: string; left: number }
  /** Nobody knows: its replica was killed. */
  | { kind: 'gone' };

async function ask({ url }: ServiceProcess, key: string, { words, stream }: Call): Promise<Answer> {
  let text: string;
  let status: number;
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        model: MODEL,
        stream,
        messages: [{ role: 'user', content: `say ${words}` }],
      }),
    });
    status = response.status;
    text = await response.text();
  } catch {
    return { kind: 'gone' };
  }
  const bodies = stream && status === 200 ? (text.match(/(?<=^data: )\{.*$/gm) ?? []) : [text];
  const parts = bodies.map(body => JSON.parse(body));
  const { quota, error } = parts.at(-1) ?? {};
  if (error) return { kind: 'refused', code: error.code, left: quota?.remaining };
  if (!quota) return { kind: 'gone' };
  const choices = parts.flatMap(part => part.choices);
  const said = choices.map(({ delta, message }) => (delta ?? message).content ?? '').join('');
  return {
    kind: 'answer',
    words: said.split(' ').filter(word => word === 'word').length,
    end: choices.at(-1).finish_reason,
    charged: quota.charged,
  };
}

/** What nothing of may be witnessed. */
function wrongs(): Promise<object[]> {
  return site.query(`SELECT * FROM witness WHERE what NOT IN ('grew', 'could not grow') LIMIT 3`);
}

test(
  `${CALLS} calls whose holds grow, and a killed replica: exact, never below zero, nothing refused that fits`,
  async () => {
    const random = createRandom(SEED);
    const license = await site.issue('purse');
    const [victim] = site.running();
    let waiting = Array.from({ length: CALLS }, (): Call => {
      return {
        words: 50 + random.below(random.below(2) ? 400 : 1_200),
        stream: random.below(2) === 0,
      };
    });
    const seen: Answer[] = [];
    const kill = async () => {
      await until(() => upstream.received.length >= 8);
      await sleep(random.below(150));
      victim?.signal('SIGKILL');
      await victim?.ended;
    };
    const killing = kill();
    const leastBound = Math.ceil(costOf(256) + 20);
    while (waiting.length > 0) {
      const replicas = site.running();
      const answers = await Promise.all(
        waiting.map(async (call, index) => {
          const replica = replicas[index % replicas.length] as ServiceProcess;
          return [call, await ask(replica, license.key, call)] as const;
        }),
      );
      waiting = [];
      for (const [call, answer] of answers) {
        seen.push(answer);
        const isFinal = answer.kind === 'refused' && answer.code === 'quota_exhausted';
        if (isFinal) expect(answer.left).toBeLessThan(leastBound);
        else if (answer.kind !== 'answer') waiting.push(call);
      }
      expect(await wrongs()).toEqual([]);
      await killing;
      await sleep(100);
      await site.runJob('expire-holds');
    }
    await until(async () => (await heldUnits(site, [license])) === 0);
    expect(await wrongs()).toEqual([]);

    const witnessed = await site.query<{ what: string; times: number }>(
      'SELECT what, count(*)::int AS times FROM witness GROUP BY what ORDER BY what',
    );
    const [wallet] = await site.query<{ used: number; posted: number }>(`SELECT used::int,
      (SELECT count(*)::int FROM hold WHERE state = 'posted') AS posted
      FROM quota_period WHERE license_id = '${license.id}' AND provider = 'all'`);
    const { used, posted } = wallet as { used: number; posted: number };
    const answered = seen.filter(answer => answer.kind === 'answer');
    const charged = answered.reduce((sum, answer) => sum + answer.charged, 0);
    const gone = seen.filter(({ kind }) => kind === 'gone').length;
    const cut = answered.filter(({ end }) => end === 'length').length;
    console.info(
      `seed ${SEED}: ${answered.length} answers (${cut} cut off), ${gone} gone, ${used} used of ${MONTHLY}; ` +
        JSON.stringify(witnessed),
    );
    expect(witnessed).toContainEqual({ what: 'grew', times: expect.any(Number) });
    // What is charged is what came: of an answer that was cut off also what came on its way.
    for (const { words, end, charged } of answered) {
      if (end === 'stop') expect(charged).toBe(Math.round(costOf(words)));
      else expect(charged).toBeGreaterThanOrEqual(Math.floor(costOf(words)));
    }
    // Only the killed replica's answers may have been charged without being seen.
    expect(posted - answered.length).toBeGreaterThanOrEqual(0);
    expect(posted - answered.length).toBeLessThanOrEqual(gone);
    if (posted === answered.length) expect(used).toBe(charged);
    else expect(used).toBeGreaterThan(charged);
    expect(MONTHLY - used).toBeLessThan(leastBound);
    expect(new Set(await site.stopAll())).toEqual(new Set([0]));
    expect(await site.run('src/commands/verify')).toMatchObject({ code: 0 });
  },
  TIMEOUT_MS,
);
