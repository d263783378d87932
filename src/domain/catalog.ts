// What is sold, as the rest of the code sees it: built once from the files in catalog/.

import type { ChatOptions } from './chat.js';
import type { Lasts } from './grant.js';
import type { LocalizedText } from './language.js';
import { type PerProvider, PROVIDERS, type Provider, type QuotaKey, WALLET } from './provider.js';
import type { ProductInShops } from './shop.js';

export interface Plan {
  /** Lower case: `vip`. */
  code: string;
  /** A plan may use every model whose least plan has the same rank or a lower one. */
  rank: number;
  name: LocalizedText;
  /** Requests a calendar month; none of a plan that sells money. */
  allowances: PerProvider<number>;
  /** Set if the plan sells money. */
  wallet?: WalletTerms;
  /** Requests a minute of each of its licenses that has no rate limit of its own. */
  rateLimit?: number;
  /** Set if the plan counts an agent's turn and not each of its calls. */
  turn?: TurnTerms;
  /** Requests that may run at once, of each license that says nothing of its own. */
  concurrency?: number;
}

/** For a plan that counts turns: what the unit of a call also pays for. */
export interface TurnTerms {
  /** So many calls after the first are free, */
  followUps: number;
  /** if they begin within so many minutes of it. */
  minutes: number;
}

/** What a plan that sells money gives, and what it charges. */
export interface WalletTerms {
  /** A calendar month, over all providers. */
  monthlyMicrousd: number;
  /** On top of what a call costs, as a decimal: `20`, `12.5`. */
  markupPercent: string;
}

/** What plans and add-ons have in common. */
interface SoldProduct {
  id: string;
  /** A trial: an account gets it once, however many it buys and however often. */
  oncePerBuyer?: true;
  shops: ProductInShops;
}

export interface AddonProduct extends SoldProduct {
  kind: 'addon';
  /** `all`: of wallets. */
  provider: QuotaKey;
  /** Requests; of wallets micro-dollars. */
  units: number;
  lasts: Lasts;
  minimumPlan: string;
}

export interface PlanProduct extends SoldProduct {
  kind: 'plan';
  plan: string;
  /** ISO 8601 duration: `P1M`. */
  term: string;
  /** Each piece issues a license of its own, whatever the buyer has. */
  issues?: 'new';
}

export type Product = AddonProduct | PlanProduct;

/** What a shop sells beside ours: lines of it are nothing of ours. */
export interface OtherProduct {
  kind: 'other';
  id: string;
  shops: ProductInShops;
}

export const MODALITIES = ['text', 'image', 'file', 'audio', 'video'] as const;
export type Modality = (typeof MODALITIES)[number];

/** What a model is for. */
export const MODEL_KINDS = [
  'chat',
  'embedding',
  'image',
  'speech',
  'transcription',
  'video',
  'moderation',
] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** US dollars per 1M tokens, as decimal strings; `request` in dollars a request. What is absent costs as `prompt`. */
export interface Rates {
  prompt: string;
  completion: string;
  input_cache_read?: string | undefined;
  input_cache_write?: string | undefined;
  audio?: string | undefined;
  image?: string | undefined;
  /** What is absent of these costs as `completion`. */
  audio_output?: string | undefined;
  image_output?: string | undefined;
  request?: string | undefined;
}

type RatesOfOverride = { [Name in keyof Rates]?: string | undefined };

/** Prices that take the place of others, where all of its conditions hold. */
export interface PriceOverride extends RatesOfOverride {
  /** Above so many tokens of the prompt. */
  min_prompt_tokens?: number | undefined;
  /** Hours of the day, `0830`; `utc_end` is not included, and may be on the next day. */
  utc_start?: string | undefined;
  utc_end?: string | undefined;
}

export interface Pricing extends Rates {
  /** Set for models that are paid by the piece: an image that is made, a character read aloud, a second heard. */
  per_image?: string | undefined;
  per_character?: string | undefined;
  per_second?: string | undefined;
  overrides?: PriceOverride[] | undefined;
}

/** The most tokens that content which is no text can be. Where one is absent, the context length counts. */
export interface InputCaps {
  image?: { formula: 'patches' | 'area' | 'flat'; most: number } | undefined;
  audioTokensPerSecond?: number | undefined;
  fileTokensPerMebibyte?: number | undefined;
}

/** The card of seed 002 with its field names; description in every language. */
export interface ModelCard {
  kind: ModelKind;
  name: string;
  description: LocalizedText;
  pricing: Pricing;
  context_length: number;
  architecture: string;
  hosted_by: string;
  features: { tools: boolean; vision: boolean; json_mode: boolean; streaming: boolean };
  tokenizer: string;
  maxCompletionTokens: number;
  provider: { slug: string; name: string };
  inputModalities: Modality[];
  outputModalities: Modality[];
  huggingFaceId: string | null;
  /** Set for models that make videos. In each list, the first entry is the default. */
  video?: VideoTerms | undefined;
}

export interface VideoTerms {
  /** In seconds. */
  durations: number[];
  /** In pixels, `1280x720`. */
  resolutions: string[];
}

export interface Model {
  id: string;
  aliases: string[];
  provider: Provider;
  /** The upstream's own id of the model. */
  upstreamId: string;
  minimumPlan: string;
  /** Units that one request costs. */
  units: number;
  /** For calls of plans that sell money. */
  inputCaps?: InputCaps;
  /** Reasoning models refuse sampling parameters. */
  reasoning: boolean;
  /** Whether all that its provider counts of an answer is text that it shows, unless a request asks it to reason. */
  outputShown: boolean;
  /** The ids of models of the same provider that answer when this one cannot, in this order. */
  fallbacks: string[];
  /** Options for a request that does not set them, under the upstream's field names. */
  defaults: ChatOptions;
  /** The day on which the model came out, where the catalogue says it. */
  releasedOn: string | null;
  /** The last day on which the model is served (`2027-01-14`), or null. */
  retiresAt: string | null;
  card: ModelCard;
}

export interface Catalog {
  /** When its list of models was written. */
  writtenAt: Date;
  /** By code, in order of rank. */
  plans: Map<string, Plan>;
  products: Map<string, Product>;
  otherProducts: OtherProduct[];
  /** By id. */
  models: Map<string, Model>;
  /** By id and by every alias, in lower case. */
  modelsByName: Map<string, Model>;
}

/** The plan of a code in any case, or undefined. */
export function findPlan(catalog: Catalog, code: string): Plan | undefined {
  return catalog.plans.get(code.toLowerCase());
}

/** True when a license of this plan may use something that needs at least `minimumPlan`. */
export function planCovers(catalog: Catalog, plan: string, minimumPlan: string): boolean {
  const own = catalog.plans.get(plan);
  const least = catalog.plans.get(minimumPlan);
  return own !== undefined && least !== undefined && own.rank >= least.rank;
}

/** The codes of the plans that `plan` covers, itself included. */
export function plansCoveredBy(catalog: Catalog, plan: string): string[] {
  return [...catalog.plans.keys()].filter(code => planCovers(catalog, plan, code));
}

/** What a plan's quotas are of: a wallet over all providers, or each provider. */
export function quotasOf(catalog: Catalog, plan: string): readonly QuotaKey[] {
  return findPlan(catalog, plan)?.wallet ? [WALLET] : PROVIDERS;
}
