// The shapes of the catalogue files (CONTRIBUTING.md says how to add an entry), and how an entry becomes what
// the rest of the code uses. Relations between entries are checked in relations.ts.

import { z } from 'zod';
import type { Model, OtherProduct, Plan, Product } from '../domain/catalog.js';
import { MODALITIES } from '../domain/catalog.js';
import type { ChatOptions } from '../domain/chat.js';
import { LASTS } from '../domain/grant.js';
import type { LocalizedText } from '../domain/language.js';
import { LONGEST_MODEL_NAME } from '../domain/modelSearch.js';
import { PROVIDERS, perProvider } from '../domain/provider.js';
import { SHOPS } from '../domain/shop.js';
import { SHOP_DESCRIPTIONS } from '../shops/index.js';

const text = z.string().regex(/\S/, 'must not be empty');

const localizedText = z.preprocess(
  // One text for all languages, as seed 002 has it.
  value => (typeof value === 'string' ? { fa: value, en: value, 'zh-TW': value } : value),
  z.strictObject({ fa: text, en: text, 'zh-TW': text } satisfies Record<
    keyof LocalizedText,
    unknown
  >),
);

const provider = z.enum(PROVIDERS);

const planCode = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'must be written in lower case letters, digits and hyphens');

const identifier = z
  .string()
  .max(LONGEST_MODEL_NAME)
  .regex(/^\S+$/, 'must not be empty or contain spaces');

const decimal = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be a decimal number in a string, like "0.15"');

export const planSchema = z
  .strictObject({
    code: planCode,
    rank: z.int().positive(),
    name: localizedText,
    allowances: z.strictObject(perProvider(() => z.int().nonnegative())),
  })
  .transform((plan): Plan => plan);

const shops = z
  .strictObject(
    Object.fromEntries(
      SHOPS.flatMap(shop => {
        const { product } = SHOP_DESCRIPTIONS[shop];
        return product ? [[shop, product.optional()]] : [];
      }),
    ),
  )
  .default({});

const oncePerBuyer = z.boolean().default(false);

export const productSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('addon'),
      id: identifier,
      provider,
      units: z.int().positive(),
      lasts: z.enum(LASTS).default('until-used'),
      minimum_plan: planCode,
      once_per_buyer: oncePerBuyer,
      shops,
    }),
    z.strictObject({
      kind: z.literal('plan'),
      id: identifier,
      plan: planCode,
      issues: z.literal('new').optional(),
      term: z.string().regex(/^P[1-9]\d{0,3}[DWMY]$/, 'must be a duration like "P1M" or "P1Y"'),
      once_per_buyer: oncePerBuyer,
      shops,
    }),
    z.strictObject({ kind: z.literal('other'), id: identifier, shops }),
  ])
  .refine(entry => entry.kind !== 'plan' || !entry.once_per_buyer || !entry.issues, {
    error: 'what each buyer gets once cannot issue a license for each piece',
  })
  .transform((entry): Product | OtherProduct => {
    if (entry.kind === 'other') return entry;
    const { once_per_buyer, ...product } = entry;
    const once = once_per_buyer ? ({ oncePerBuyer: true } as const) : {};
    if (product.kind === 'plan') {
      const { issues, ...plan } = product;
      return { ...plan, ...once, ...(issues && { issues }) };
    }
    const { minimum_plan: minimumPlan, ...addon } = product;
    return { ...addon, minimumPlan, ...once };
  });

const modelCardSchema = z.strictObject({
  name: text,
  description: localizedText,
  pricing: z.strictObject({ prompt: decimal, completion: decimal }),
  context_length: z.int().positive(),
  architecture: text,
  hosted_by: text,
  features: z.strictObject({
    tools: z.boolean(),
    vision: z.boolean(),
    json_mode: z.boolean(),
    streaming: z.boolean(),
  }),
  tokenizer: text,
  maxCompletionTokens: z.int().positive(),
  provider: z.strictObject({ slug: text, name: text }),
  inputModalities: z.array(z.enum(MODALITIES)),
  outputModalities: z.array(z.enum(MODALITIES)).min(1).default(['text']),
  huggingFaceId: text.nullable().default(null),
});

/** The defaults that a model's page states (seed 000), for requests that do not set them. */
const defaultsSchema = z
  .strictObject({
    max_completion_tokens: z.int().positive().optional(),
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().min(0).max(1).optional(),
    frequency_penalty: z.number().min(-2).max(2).optional(),
    presence_penalty: z.number().min(-2).max(2).optional(),
  })
  .default({});

export const modelSchema = z
  .strictObject({
    id: identifier,
    aliases: z.array(identifier).default([]),
    provider,
    upstream_id: identifier,
    minimum_plan: planCode,
    units: z.int().positive().default(1),
    reasoning: z.boolean().default(false),
    fallbacks: z.array(identifier).default([]),
    defaults: defaultsSchema,
    retires_at: z.iso.date().nullable().default(null),
    card: modelCardSchema,
  })
  .transform(
    (model): Model => ({
      id: model.id,
      aliases: model.aliases,
      provider: model.provider,
      upstreamId: model.upstream_id,
      minimumPlan: model.minimum_plan,
      units: model.units,
      reasoning: model.reasoning,
      fallbacks: model.fallbacks,
      defaults: model.defaults as ChatOptions,
      retiresAt: model.retires_at,
      card: model.card,
    }),
  );
