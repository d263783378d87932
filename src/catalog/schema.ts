// The shapes of the catalogue files (CONTRIBUTING.md says how to add an entry), and how an entry becomes what
// the rest of the code uses. Relations between entries are checked in relations.ts.

import { z } from 'zod';
import type { Model, OtherProduct, Plan, Product } from '../domain/catalog.js';
import { MODALITIES, MODEL_KINDS, type ModelKind } from '../domain/catalog.js';
import type { ChatOptions } from '../domain/chat.js';
import { LASTS } from '../domain/grant.js';
import { perLanguage } from '../domain/language.js';
import { LONGEST_MODEL_NAME } from '../domain/modelSearch.js';
import { PROVIDERS, perProvider, QUOTA_KEYS, type QuotaKey, WALLET } from '../domain/provider.js';
import { SHOPS } from '../domain/shop.js';
import { SHOP_DESCRIPTIONS } from '../shops/index.js';

const text = z.string().regex(/\S/, 'must not be empty');

export const localizedText = z.preprocess(
  // One text for all languages, as in seed 002.
  value => (typeof value === 'string' ? perLanguage(() => value) : value),
  z.strictObject(perLanguage(() => text)),
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

const MOST_FOLLOW_UPS = 200;
const LONGEST_TURN_MINUTES = 12 * 60;

const soldPlan = {
  code: planCode,
  rank: z.int().positive(),
  name: localizedText,
  rate_limit: z.int().positive().optional(),
  concurrency: z.int().positive().optional(),
};

/** `meter` decides which other fields a plan has. */
export const planSchema = z
  .discriminatedUnion('meter', [
    z.strictObject({
      ...soldPlan,
      meter: z.literal('requests').optional(),
      allowances: z.strictObject(perProvider(() => z.int().nonnegative())),
      turn: z
        .strictObject({
          follow_ups: z.int().positive().max(MOST_FOLLOW_UPS),
          minutes: z.int().positive().max(LONGEST_TURN_MINUTES),
        })
        .transform(({ follow_ups: followUps, minutes }) => ({ followUps, minutes }))
        .optional(),
    }),
    z.strictObject({
      ...soldPlan,
      meter: z.literal('money'),
      allowances: z.strictObject({ [WALLET]: z.int().nonnegative() }),
      markup_percent: z.number().nonnegative().max(1_000).default(0),
    }),
  ])
  .transform((plan): Plan => {
    const { code, rank, name, rate_limit: rateLimit, concurrency } = plan;
    const sold = {
      code,
      rank,
      name,
      ...(rateLimit !== undefined && { rateLimit }),
      ...(concurrency !== undefined && { concurrency }),
    };
    if (plan.meter !== 'money') {
      return { ...sold, allowances: plan.allowances, ...(plan.turn && { turn: plan.turn }) };
    }
    return {
      ...sold,
      allowances: perProvider(() => 0),
      wallet: {
        monthlyMicrousd: plan.allowances[WALLET] as number,
        markupPercent: String(plan.markup_percent),
      },
    };
  });

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
      provider: z.enum(QUOTA_KEYS).optional(),
      unit: z.enum(['request', 'microusd']).default('request'),
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
  .refine(
    entry => entry.kind !== 'addon' || entry.unit === 'microusd' || isOfProvider(entry.provider),
    { path: ['provider'], error: `must be one of ${PROVIDERS.join(', ')}` },
  )
  .refine(
    entry => entry.kind !== 'addon' || entry.unit === 'request' || !isOfProvider(entry.provider),
    { path: ['provider'], error: 'must be left out: money counts for all providers' },
  )
  .transform((entry): Product | OtherProduct => {
    if (entry.kind === 'other') return entry;
    const { once_per_buyer, ...product } = entry;
    const once = once_per_buyer ? ({ oncePerBuyer: true } as const) : {};
    if (product.kind === 'plan') {
      const { issues, ...plan } = product;
      return { ...plan, ...once, ...(issues && { issues }) };
    }
    const { minimum_plan: minimumPlan, unit: _, provider = WALLET, ...addon } = product;
    return { ...addon, provider, minimumPlan, ...once };
  });

function isOfProvider(of: QuotaKey | undefined): boolean {
  return of !== undefined && of !== WALLET;
}

/** Each is a decimal in US dollars, for a request or for 1M tokens. */
const rates = {
  prompt: decimal,
  completion: decimal,
  input_cache_read: decimal.optional(),
  input_cache_write: decimal.optional(),
  audio: decimal.optional(),
  image: decimal.optional(),
  audio_output: decimal.optional(),
  image_output: decimal.optional(),
  request: decimal.optional(),
};

const timeOfDay = z.string().regex(/^([01]\d|2[0-3])[0-5]\d$/, 'must be a time like "0830"');

/** Different prices for long prompts, or at some hours of the day. */
const priceOverride = z.strictObject({
  ...rates,
  prompt: decimal.optional(),
  completion: decimal.optional(),
  min_prompt_tokens: z.int().nonnegative().optional(),
  utc_start: timeOfDay.optional(),
  utc_end: timeOfDay.optional(),
});

/** The most tokens of content that is no text. If one is absent, the model's context length counts. */
const inputCaps = z
  .strictObject({
    /** `patches`: of 32 by 32 pixels, times 1.2; `area`: of 750 pixels. `most` is the model's own limit of an image. */
    image: z
      .strictObject({
        formula: z.enum(['patches', 'area', 'flat']),
        most: z.int().positive(),
      })
      .optional(),
    audio_tokens_per_second: z.int().positive().optional(),
    file_tokens_per_mebibyte: z.int().positive().optional(),
  })
  .default({});

/** What a video model can make. The first of each is the default. */
const videoTerms = z.strictObject({
  durations: z.array(z.int().positive()).min(1),
  resolutions: z
    .array(z.string().regex(/^\d{2,5}x\d{2,5}$/, 'must be a size like "1280x720"'))
    .min(1),
});

/** The kinds of models that each price of a piece is for. */
const PIECES: Record<'per_image' | 'per_character' | 'per_second', ModelKind[]> = {
  per_image: ['image'],
  per_character: ['speech'],
  per_second: ['transcription', 'video'],
};

const modelCardSchema = z
  .strictObject({
    kind: z.enum(MODEL_KINDS).default('chat'),
    name: text,
    description: localizedText,
    pricing: z.strictObject({
      ...rates,
      per_image: decimal.optional(),
      per_character: decimal.optional(),
      per_second: decimal.optional(),
      overrides: z.array(priceOverride).optional(),
    }),
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
    video: videoTerms.optional(),
  })
  .superRefine(({ kind, pricing }, context) => {
    for (const [name, kinds] of Object.entries(PIECES)) {
      if (kinds.includes(kind) || pricing[name as keyof typeof PIECES] === undefined) continue;
      const message = `is for models of kind ${kinds.join(' and ')}`;
      context.addIssue({ code: 'custom', path: ['pricing', name], message });
    }
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
    input_caps: inputCaps,
    reasoning: z.boolean().default(false),
    output_shown: z.boolean().default(false),
    fallbacks: z.array(identifier).default([]),
    defaults: defaultsSchema,
    released_on: z.iso.date().nullable().default(null),
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
      inputCaps: {
        image: model.input_caps.image,
        audioTokensPerSecond: model.input_caps.audio_tokens_per_second,
        fileTokensPerMebibyte: model.input_caps.file_tokens_per_mebibyte,
      },
      reasoning: model.reasoning,
      outputShown: model.output_shown,
      fallbacks: model.fallbacks,
      // Upstreams make an image only if the request asks for one.
      defaults: {
        ...(model.card.outputModalities.includes('image') && { modalities: ['image', 'text'] }),
        ...model.defaults,
      } as ChatOptions,
      releasedOn: model.released_on,
      retiresAt: model.retires_at,
      card: model.card,
    }),
  );
