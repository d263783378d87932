// Plans which faults come when. Only the seed decides, not the course of the run.

import { createRandom, type Random } from '../test/harness/random.js';

/** Faults of one lane come one after the other. The lanes run at the same time. */
export const LANES = {
  replicas: ['kill', 'kill', 'kill', 'terminate', 'stop'],
  database: ['crash', 'reset', 'reset', 'cut', 'cut', 'swallow', 'slow'],
  upstream: ['reset', 'cut', 'swallow', 'slow', 'refuse'],
} as const;
export type Lane = keyof typeof LANES;

/** The pause before each fault is between these, in milliseconds. */
const PAUSES: Record<Lane, [least: number, most: number]> = {
  replicas: [800, 3_200],
  database: [3_000, 8_000],
  upstream: [1_500, 4_000],
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
export function* planned(lane: Lane, seed: number, places: number): Generator<Planned> {
  const random = createRandom(seed + 104_729 * (1 + Object.keys(LANES).indexOf(lane)));
  const [least, most] = PAUSES[lane];
  for (;;) {
    yield {
      lane,
      fault: random.pick(LANES[lane] as unknown as string[]) as string,
      afterMs: between(random, least, most),
      lastsMs: between(random, 300, 5_000),
      place: random.below(places),
      amount: between(random, 20, 500),
    };
  }
}

function between(random: Random, least: number, most: number): number {
  return least + random.below(most - least);
}
