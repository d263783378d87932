// Which faults come when: decided by the seed alone, whatever the run does.

import { createRandom, type Random } from '../test/harness/random.js';

/** Faults of one lane come one after the other; the lanes go on beside each other. */
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
  /** How long it lasts, where it lasts. */
  lastsMs: number;
  /** Which of the replicas that run then, where it is about one. */
  place: number;
  /** Milliseconds of a delay, or bytes that still pass. */
  amount: number;
}

/** The faults of a lane, without end. */
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
