// What clients did and saw. All clients are in this process, which is never killed. So the order of their steps is
// known exactly.

import type { Provider } from '../src/domain/provider.js';

/** `refused`: the answer says or implies that nothing was charged. */
export type Outcome = 'success' | 'refused' | 'unknown';

/** The counters of one provider in an answer. */
export interface Shown {
  used: number;
  limit: number;
  remaining: number;
}

export interface Answer {
  outcome: Outcome;
  /** 0 if the connection broke before an answer. */
  status: number;
  code: string | null;
  /** X-Request-Id, which is the hold's id. */
  id: string | null;
  isReplay: boolean;
  /** The cost that the answer states; null if it states none. */
  charged: number | null;
  period: string | null;
  shown: Partial<Record<Provider, Shown>>;
  text: string;
}

export interface Call extends Omit<Answer, 'text'> {
  /** Tells whether two answers were the same bytes. */
  digest: string;
  license: string;
  provider: Provider;
  kind: string;
  model: string;
  /** The key that the call used. */
  key: string;
  /** The most that the call may cost. */
  most: number;
  idempotencyKey: string | null;
  /** The steps at which it began and ended, and the time when it began. */
  begun: number;
  ended: number;
  begunAtMs: number;
}

/** A balance that a client read. */
export interface Reading {
  license: string;
  period: string;
  shown: Partial<Record<Provider, Shown>>;
  begun: number;
  ended: number;
}

/** A time in which a key must not be served. It begins with the answer to the act that withdrew the key. */
export interface Ban {
  license: string;
  /** Null for all keys of the license. */
  key: string | null;
  from: number;
  fromMs: number;
  /** The step at which somebody began to lift the ban. */
  until: number;
  untilMs: number;
}

export interface History {
  calls: Call[];
  readings: Reading[];
  bans: Ban[];
  /** The texts of refusals that repeated the caller's key. */
  keysRepeated: string[];
  /** Returns the number of the next step. */
  step(): number;
}

export function createHistory(): History {
  let steps = 0;
  return { calls: [], readings: [], bans: [], keysRepeated: [], step: () => ++steps };
}
