// What the simulated shops share: the time, chance, and where their events go.

import type { Random } from '../harness/random.js';

export interface ShopEvent {
  shop: 'woocommerce' | 'stripe';
  topic: string;
  /** As it is when it happens, and where the shop builds it when it sends, as it is then. */
  body: object;
  bodyWhenSent?: () => object;
  /** Comes at least once. */
  isSure: boolean;
  /** Its first delivery comes at once. */
  isPrompt?: boolean;
}

export interface World {
  /** Milliseconds since 1970, in whole seconds. */
  now: number;
  random: Random;
  /** Whether the shops' APIs answer. */
  isUp: boolean;
  emit(event: ShopEvent): void;
  /** What happened, in words, to print with a failed history. */
  say(words: string): void;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const seconds = (instant: number): number => Math.floor(instant / 1000);

/** One of them: there is always one. */
export function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}
