// Plans which faults come when. Only the seed decides, not the course of the run.

import { createRandom, type Random } from '../test/harness/random.js';

export type Lane = 'replicas' | 'database' | 'upstream';

interface LanePlan {
  /** Each fault is one of these by chance. */
  faults: string[];
  /** The pause before each is between these, in milliseconds. */
  pause: [least: number, most: number];
}

/** Faults of one lane come one after the other. The lanes run at the same time. */
export type Regime = Record<Lane, LanePlan>;

/** A bit of everything, for runs of a given time. */
export const MIXED: Regime = {
  replicas: { faults: ['kill', 'kill', 'kill', 'terminate', 'stop'], pause: [800, 3_200] },
  database: {
    faults: ['crash', 'reset', 'reset', 'cut', 'cut', 'swallow', 'slow'],
    pause: [3_000, 8_000],
  },
  upstream: { faults: ['reset', 'cut', 'swallow', 'slow', 'refuse'], pause: [1_500, 4_000] },
};

/** Kills as fast as replicas come back, and a database that is killed often, for runs of many kills. */
export const KILLING: Regime = {
  replicas: { faults: [...Array(18).fill('kill'), 'terminate', 'stop'], pause: [50, 450] },
  database: {
    faults: ['crash', 'reset', 'cut', 'swallow', 'slow'],
    pause: [2_000, 6_000],
  },
  upstream: MIXED.upstream,
};

export interface Planned {
  lane: Lane;
  fault: string;
  afterMs: number;
  /** How long the fault lasts, if it lasts. */
  lastsMs: number;
  /** Which of the running replicas, if the fault is about one. */
  place: number;
  /** Milliseconds of a delay, or the bytes that still pass. */
  amount: number;
}

/** The endless sequence of a lane's faults. */
export function* planned(
  regime: Regime,
  lane: Lane,
  seed: number,
  places: number,
): Generator<Planned> {
  const random = createRandom(seed + 104_729 * (1 + Object.keys(regime).indexOf(lane)));
  const { faults, pause } = regime[lane];
  for (;;) {
    yield {
      lane,
      fault: random.pick(faults) as string,
      afterMs: between(random, ...pause),
      lastsMs: between(random, 300, 5_000),
      place: random.below(places),
      amount: between(random, 20, 500),
    };
  }
}

function between(random: Random, least: number, most: number): number {
  return least + random.below(most - least);
}
