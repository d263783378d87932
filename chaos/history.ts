// What clients did and saw. All of them live in this process, which is never killed: so what happened before what
// is known exactly, by the order of steps.

import type { Provider } from '../src/domain/provider.js';

/** `refused`: the client was told, or can conclude, that nothing was charged. */
export type Outcome = 'success' | 'refused' | 'unknown';

/** What an answer shows of one provider. */
export interface Shown {
  used: number;
  limit: number;
  remaining: number;
}

export interface Answer {
  outcome: Outcome;
  /** 0 where the connection broke before an answer. */
  status: number;
  code: string | null;
  /** X-Request-Id, which is the hold's id. */
  id: string | null;
  isReplay: boolean;
  /** What it says that it cost; null where it does not say. */
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
  /** The key that it was made with. */
  key: string;
  /** The most that it may cost. */
  most: number;
  idempotencyKey: string | null;
  /** The steps in which it began and ended, and when it began. */
  begun: number;
  ended: number;
  begunAtMs: number;
}

/** A balance that somebody asked for. */
export interface Reading {
  license: string;
  period: string;
  shown: Partial<Record<Provider, Shown>>;
  begun: number;
  ended: number;
}

/** A time in which a key must not be served, from the answer to whoever ended it. */
export interface Ban {
  license: string;
  /** Null: all keys of the license. */
  key: string | null;
  from: number;
  fromMs: number;
  /** Until somebody began to lift it. */
  until: number;
  untilMs: number;
}

export interface History {
  calls: Call[];
  readings: Reading[];
  bans: Ban[];
  /** Texts of refusals that repeat the key of their caller. */
  keysRepeated: string[];
  /** The next step. */
  step(): number;
}

export function createHistory(): History {
  let steps = 0;
  return { calls: [], readings: [], bans: [], keysRepeated: [], step: () => ++steps };
}
