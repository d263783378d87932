// The keys of a provider, used in turn, with a breaker each. A breaker stands for a key and a model:
// upstreams fail model by model, and one that fails must not close the way to the others.

import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
  isBrokenCircuitError,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import type { UpstreamFailure } from '../domain/chat.js';
import type { ChatProvider } from './port.js';
import { countsAgainstKey } from './retry.js';

/** So many failures in a row, and a key rests. */
const FAILURES = 5;
/** Then one request may try it. */
const REST_MS = 5_000;
const MOST_MODELS = 1_000;

export interface KeyRing {
  /**
   * Runs `act` with the next key that is not resting, others than `refused` first. Null where all of
   * them rest; that is known without asking anybody.
   */
  run<Result>(
    model: string,
    refused: ChatProvider | undefined,
    act: (adapter: ChatProvider) => Promise<Result>,
  ): Promise<{ result: Result; adapter: ChatProvider } | null>;
  /** Whether a key beside this one is not resting. */
  hasOther(model: string, adapter: ChatProvider): boolean;
}

export function createKeyRing(adapters: ChatProvider[]): KeyRing {
  const breakers = adapters.map(
    () => new LRUCache<string, CircuitBreakerPolicy>({ max: MOST_MODELS }),
  );
  let turn = 0;

  function breakerOf(index: number, model: string): CircuitBreakerPolicy {
    const ofKey = breakers[index] as LRUCache<string, CircuitBreakerPolicy>;
    let breaker = ofKey.get(model);
    if (!breaker) {
      breaker = newBreaker();
      ofKey.set(model, breaker);
    }
    return breaker;
  }

  return {
    async run(model, refused, act) {
      const start = turn;
      turn = (turn + 1) % adapters.length;
      const order = adapters.map((_, step) => (start + step) % adapters.length);
      order.sort((a, b) => Number(adapters[a] === refused) - Number(adapters[b] === refused));
      for (const index of order) {
        const breaker = breakerOf(index, model);
        // While one request tries a resting key, the others do not wait for what it finds.
        if (breaker.state === CircuitState.HalfOpen) continue;
        const adapter = adapters[index] as ChatProvider;
        try {
          return { result: await breaker.execute(() => act(adapter)), adapter };
        } catch (error) {
          if (!isBrokenCircuitError(error)) throw error;
        }
      }
      return null;
    },
    hasOther: (model, adapter) =>
      adapters.some(
        (other, index) =>
          other !== adapter && breakerOf(index, model).state === CircuitState.Closed,
      ),
  };
}

function newBreaker(): CircuitBreakerPolicy {
  const counts = (result: unknown) => {
    const failure = result as UpstreamFailure;
    return failure.kind === 'failure' && countsAgainstKey(failure);
  };
  const settings = { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) };
  return circuitBreaker(handleWhenResult(counts), settings);
}
