// What the text of a line of an explained balance is made of.

import type { LineCode } from '../domain/balance/counters.js';

/** The parts of a text, each in the language. */
export interface LineParts {
  provider: string;
  /** What was bought: `add-on 404 (order stripe:900)`, or `units` where there is no product. */
  what: string;
  /** ` (add-on 404)`; empty where there is no product. */
  ofProduct: string;
  plan: string;
  formerPlan: string;
  /** The units and what they are: `50 OpenRouter requests`, `$0.25`. */
  amount: string;
  units: string;
  requests: string;
  charged: string;
}

export type LineTexts = Record<LineCode, (parts: LineParts) => string>;
