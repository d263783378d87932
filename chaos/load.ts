// Clients that keep sending calls while everything around them breaks. The seed decides the choices of each.

import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type Random } from '../test/harness/random.js';
import type { Cast, License } from './cast.js';
import { type Ask, type Client, openClient } from './client.js';
import type { Ground } from './ground.js';
import type { History } from './history.js';
import { KINDS, type Kind, UPSTREAM_FAULTS } from './kinds.js';
import { shownIn } from './reading.js';

/** Is in every prompt, because the checks look for it in logs: what customers write must not be there. */
export const PROMPT_MARK = 'the-customers-own-words';

export interface Load {
  /** Sends no new calls, and waits for those under way. */
  stop(): Promise<void>;
  client: Client;
  /** A call for each Idempotency-Key, to be repeated. */
  repeatable: Array<Omit<Ask, 'url'>>;
}

export interface LoadOptions {
  ground: Ground;
  cast: Cast;
  history: History;
  seed: number;
  clients: number;
}

export function startLoad({ ground, cast, history, seed, clients }: LoadOptions): Load {
  const client = openClient(history);
  const abort = new AbortController();
  const once = createRepeats(cast.once);

  async function work(number: number): Promise<void> {
    const random = createRandom(seed + 7_919 * (number + 1));
    while (!abort.signal.aborted) {
      const url = random.pick(ground.replicas)?.url;
      const dice = random.below(100);
      if (!url) await sleep(20);
      else if (dice < 8) await read(client, history, url, random.pick(readable(cast)) as License);
      else {
        const ask = dice < 30 ? once.next(random, url) : askOf(random, url, cast);
        const answer = await client.ask(ask);
        if (answer?.code === 'quota_exhausted') drain(cast, ask.license);
        if (answer?.outcome !== 'success') await sleep(10 + random.below(20));
      }
      await sleep(random.below(15));
    }
  }
  const working = Promise.all(Array.from({ length: clients }, (_, number) => work(number)));
  return {
    client,
    repeatable: once.asked,
    async stop() {
      abort.abort();
      await working;
    },
  };
}

/** The licenses whose balances are read. */
export const readable = ({ large, small, wallets, purses }: Cast) => [
  ...large,
  ...small,
  ...wallets,
  ...purses,
];

/** Reads a balance, and records the answer. */
export async function read(
  client: Client,
  history: History,
  url: string,
  license: License,
): Promise<void> {
  const begun = history.step();
  const received = await client
    .get(url, '/api/license', license.keys.at(-1) as string)
    .catch(() => null);
  if (received?.status !== 200 || received.isBroken) return;
  const { period, usage_breakdown } = JSON.parse(received.text);
  const shown = shownIn(usage_breakdown);
  history.readings.push({ license: license.id, period, shown, begun, ended: history.step() });
}

function drain({ small, purses }: Cast, id: string): void {
  const license = [...small, ...purses].find(one => one.id === id);
  if (license) license.isDrained = true;
}

/** The two licenses that are used up now. Several clients at once use the same two. */
function current(licenses: License[]): License[] {
  const left = licenses.filter(({ isDrained }) => !isDrained);
  return left.length > 0 ? left.slice(0, 2) : licenses;
}

function askOf(random: Random, url: string, cast: Cast): Ask {
  const dice = random.below(100);
  const isMoney = dice >= 55 && dice < 80;
  const group =
    dice < 40
      ? cast.large
      : dice < 55
        ? current(cast.small)
        : dice < 68
          ? cast.wallets
          : isMoney
            ? current(cast.purses)
            : cast.guarded;
  const license = random.pick(group) as License;
  // A client with a new key may still use the old one.
  const keys = license.keys.slice(-2);
  const key = random.below(4) === 0 ? keys[0] : keys.at(-1);
  // The cost of these images has no bound, so plans that sell money refuse them.
  const kinds = isMoney ? KINDS.filter(({ units }) => units === 1) : KINDS;
  const leavesAfterMs = random.below(12) === 0 ? 1 + random.below(120) : null;
  return { ...chosen(random, kinds), url, license: license.id, key: key as string, leavesAfterMs };
}

function chosen(random: Random, kinds: Kind[]): Pick<Ask, 'kind' | 'model' | 'provider' | 'text'> {
  const kind = random.pick(kinds) as Kind;
  const fault = kind.takesFaults && random.below(8) === 0 && random.pick(UPSTREAM_FAULTS);
  const { id, provider } = random.pick(kind.models) as Kind['models'][number];
  const text = `${PROMPT_MARK} ${random.below(1e9)}`;
  return fault
    ? { kind, model: `fault/${fault}`, provider: 'openrouter', text }
    : { kind, model: id, provider, text };
}

/** Makes calls with an Idempotency-Key, and repeats old ones, at any replica. */
interface Repeats {
  next(random: Random, url: string): Ask;
  asked: Array<Omit<Ask, 'url'>>;
}

const MOST_OPEN = 8;

function createRepeats(licenses: License[]): Repeats {
  const open: Array<{ ask: Omit<Ask, 'url'>; left: number }> = [];
  const asked: Repeats['asked'] = [];
  return {
    asked,
    next(random, url) {
      const again = open.length >= MOST_OPEN || (open.length > 0 && random.below(3) > 0);
      if (again) {
        const place = random.below(open.length);
        const entry = open[place] as (typeof open)[number];
        entry.left -= 1;
        if (entry.left <= 0) open.splice(place, 1);
        return { ...entry.ask, url };
      }
      const license = random.pick(licenses) as License;
      const what = chosen(random, KINDS);
      const idempotencyKey = `call ${asked.length + 1} of ${license.id}`;
      const key = license.keys[0] as string;
      const ask = { ...what, license: license.id, key, idempotencyKey };
      asked.push(ask);
      open.push({ ask, left: 1 + random.below(4) });
      return { ...ask, url };
    },
  };
}
