// The API keys of a provider, used in turn. Each pair of a key and a model has a breaker: upstreams fail model by
// model, and a model that fails must not block the others.

import { LRUCache } from 'lru-cache';
import type { UpstreamFailure } from '../domain/chat.js';
import { Breaker } from './breaker.js';
import type { ChatProvider } from './port.js';
import { countsAgainstKey } from './retry.js';

/** More than any catalogue has. The models change when the catalogue does. */
const MOST_MODELS = 1_000;

/** Whose request it is, and for which of the upstream's models. */
export interface Asking {
  licenseId: string;
  model: string;
}

export interface Tried<Result> {
  result: Result | UpstreamFailure;
  adapter: ChatProvider;
  /** Whether the key rests for this model afterwards. */
  isBreakerOpen: boolean;
}

export interface KeyRing {
  /**
   * Runs `act` with the next key that is not resting. `refused`, the key that failed before, comes last. Returns
   * null, without calling anybody, if all keys rest.
   */
  run<Result extends { kind: string }>(
    asking: Asking,
    refused: ChatProvider | undefined,
    act: (adapter: ChatProvider, keyIndex: number) => Promise<Result | UpstreamFailure>,
  ): Promise<Tried<Result> | null>;
  /** Whether a key beside this one is not resting. */
  hasOther(model: string, adapter: ChatProvider): boolean;
  /** How many breakers are open. */
  resting(): number;
}

/** `opened` is called when a breaker opens, with the reason of the last failure. */
export function createKeyRing(
  adapters: ChatProvider[],
  opened: (model: string, reason: string) => void,
): KeyRing {
  const breakers = adapters.map(() => new LRUCache<string, Breaker>({ max: MOST_MODELS }));
  let turn = 0;

  function breakerOf(index: number, model: string): Breaker {
    const ofKey = breakers[index] as LRUCache<string, Breaker>;
    let breaker = ofKey.get(model);
    if (!breaker) {
      breaker = new Breaker();
      ofKey.set(model, breaker);
    }
    return breaker;
  }

  /** The index of the next key that may take this request; -1 if none may. */
  function choose({ licenseId, model }: Asking, refused: ChatProvider | undefined): number {
    const start = turn;
    turn = (turn + 1) % adapters.length;
    for (const isSecondChoice of [false, true]) {
      for (let step = 0; step < adapters.length; step++) {
        const index = (start + step) % adapters.length;
        if ((adapters[index] === refused) !== isSecondChoice) continue;
        const breaker = breakerOf(index, model);
        if (breaker.isClosed || breaker.admits(licenseId, performance.now())) return index;
      }
    }
    return -1;
  }

  return {
    async run(asking, refused, act) {
      const index = choose(asking, refused);
      if (index < 0) return null;
      const { licenseId, model } = asking;
      const adapter = adapters[index] as ChatProvider;
      const breaker = breakerOf(index, model);
      const { mark } = breaker;
      const result = await act(adapter, index);
      if (!isFailure(result)) breaker.succeed();
      else if (countsAgainstKey(result) && breaker.fail(licenseId, mark, performance.now())) {
        opened(model, result.reason);
      }
      return { result, adapter, isBreakerOpen: !breaker.isClosed };
    },
    hasOther: (model, adapter) =>
      adapters.some((other, index) => other !== adapter && breakerOf(index, model).isClosed),
    resting() {
      const nowMs = performance.now();
      const all = breakers.flatMap(ofKey => [...ofKey.values()]);
      return all.filter(breaker => breaker.isResting(nowMs)).length;
    },
  };
}

function isFailure(result: { kind: string }): result is UpstreamFailure {
  return result.kind === 'failure';
}
