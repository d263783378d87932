// What is sold, as the rest of the code sees it: built once from the files in catalog/.

import type { ChatOptions } from './chat.js';
import type { Lasts } from './grant.js';
import type { LocalizedText } from './language.js';
import type { PerProvider, Provider } from './provider.js';
import type { ProductInShops } from './shop.js';

export interface Plan {
  /** Lower case: `vip`. */
  code: string;
  /** A plan may use every model whose least plan has the same rank or a lower one. */
  rank: number;
  name: LocalizedText;
  /** Requests a calendar month. */
  allowances: PerProvider<number>;
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
  provider: Provider;
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

/** The card of seed 002 with its field names; description in every language. */
export interface ModelCard {
  name: string;
  description: LocalizedText;
  /** US dollars per 1M tokens, as decimal strings. */
  pricing: { prompt: string; completion: string };
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
  /** Reasoning models refuse sampling parameters. */
  reasoning: boolean;
  /** The ids of models of the same provider that answer when this one cannot, in this order. */
  fallbacks: string[];
  /** Options for a request that does not set them, under the upstream's field names. */
  defaults: ChatOptions;
  /** The last day on which the model is served (`2027-01-14`), or null. */
  retiresAt: string | null;
  card: ModelCard;
}

export interface Catalog {
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
