// What must hold between entries of the catalogue, and between the fields of one entry. These checks read the
// files leniently, before they are validated: a fault in one field then hides no other, and an operator sees
// all at once.

import { z } from 'zod';
import { perShop, SHOPS } from '../domain/shop.js';

export interface CatalogFault {
  file: string;
  /** Such as `models[3].card.pricing.prompt`; empty if the file itself is at fault. */
  path: string;
  what: string;
}

/** The entries as they were written; undefined if a file has no readable ones. */
export interface RawCatalog {
  plans: unknown[] | undefined;
  products: unknown[] | undefined;
  models: unknown[] | undefined;
}

const lenient = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const text = lenient(z.string());

const productId = z.union([z.number(), z.string()]);

const planOutline = z.object({ code: text, rank: lenient(z.number()), meter: text }).catch({});

const productOutline = z
  .object({
    id: text,
    plan: text,
    minimum_plan: text,
    unit: text,
    shops: lenient(
      z.object(perShop(() => lenient(z.union([productId, z.array(lenient(productId))])))),
    ),
  })
  .catch({});

const modelOutline = z
  .object({
    id: text,
    aliases: lenient(z.array(text)),
    provider: text,
    units: lenient(z.number()),
    fallbacks: lenient(z.array(text)),
    minimum_plan: text,
    card: lenient(
      z.object({
        kind: lenient(z.string()),
        video: lenient(z.object({})),
        features: lenient(z.object({ vision: lenient(z.boolean()) })),
        inputModalities: lenient(z.array(text)),
      }),
    ),
  })
  .catch({});

/** All broken relations, in the order of the files. */
export function relationFaults(raw: RawCatalog): CatalogFault[] {
  const plans = raw.plans?.map(plan => planOutline.parse(plan));
  const planCodes = plans?.flatMap(plan => plan.code ?? []);
  return [
    ...repeated('plans.json', plans ?? [], 'plans', plan => [['code', plan.code]]),
    ...repeated('plans.json', plans ?? [], 'plans', plan => [['rank', plan.rank]]),
    ...productFaults(raw.products ?? [], planCodes),
    ...moneyFaults(raw.products ?? [], plans),
    ...modelFaults(raw.models ?? [], planCodes),
  ];
}

function productFaults(raw: unknown[], planCodes: string[] | undefined): CatalogFault[] {
  const file = 'products.json';
  const products = raw.map(product => productOutline.parse(product));
  return [
    ...repeated(file, products, 'products', product => [['id', product.id]]),
    ...SHOPS.flatMap(shop =>
      repeated(file, products, 'products', ({ shops }) => fieldsOf(`shops.${shop}`, shops?.[shop])),
    ),
    ...products.flatMap((product, index) => [
      ...unknownPlan(file, `products[${index}].plan`, product.plan, planCodes),
      ...unknownPlan(file, `products[${index}].minimum_plan`, product.minimum_plan, planCodes),
    ]),
  ];
}

/** An add-on for a wallet needs a plan with a wallet. */
function moneyFaults(raw: unknown[], plans: Array<{ meter?: string | undefined }> | undefined) {
  if (plans === undefined || plans.some(({ meter }) => meter === 'money')) return [];
  return raw.flatMap((product, index) =>
    productOutline.parse(product).unit === 'microusd'
      ? [
          {
            file: 'products.json',
            path: `products[${index}].unit`,
            what: 'no plan has the meter "money"',
          },
        ]
      : [],
  );
}

function modelFaults(raw: unknown[], planCodes: string[] | undefined): CatalogFault[] {
  const file = 'models.json';
  const models = raw.map(model => modelOutline.parse(model));
  const faults = repeated(file, models, 'models', model => [
    ['id', model.id],
    ...(model.aliases ?? []).map((alias, index): Field => [`aliases[${index}]`, alias]),
  ]);
  models.forEach((model, index) => {
    faults.push(
      ...unknownPlan(file, `models[${index}].minimum_plan`, model.minimum_plan, planCodes),
    );
    faults.push(...fallbackFaults(`models[${index}].fallbacks`, model, models));
    const makesVideos = model.card?.kind === 'video';
    if (makesVideos !== (model.card?.video !== undefined)) {
      const path = `models[${index}].card.video`;
      const what = makesVideos ? 'is missing: what can be made?' : 'is for models of kind "video"';
      faults.push({ file, path, what });
    }
    const modalities = model.card?.inputModalities;
    if (modalities === undefined) return;
    if (!modalities.includes('text')) {
      const path = `models[${index}].card.inputModalities`;
      faults.push({ file, path, what: 'must contain "text": every request carries some' });
    }
    const vision = model.card?.features?.vision;
    if (vision !== undefined && vision !== modalities.includes('image')) {
      const path = `models[${index}].card.features.vision`;
      const what = `is ${vision}, but inputModalities ${vision ? 'does not contain' : 'contains'} "image"`;
      faults.push({ file, path, what });
    }
  });
  return faults;
}

type ModelOutline = z.infer<typeof modelOutline>;

/** Every fallback must cost the same, because the hold is made before it is known which model answers. */
function fallbackFaults(path: string, model: ModelOutline, models: ModelOutline[]): CatalogFault[] {
  return (model.fallbacks ?? []).flatMap((id, index) => {
    const fallback = models.find(other => other.id === id && other !== model);
    const isAlike =
      fallback?.provider === model.provider && (fallback?.units ?? 1) === (model.units ?? 1);
    const what = fallback
      ? `"${id}" must have the provider and the units of the model itself`
      : `there is no other model "${id}"`;
    return isAlike && fallback ? [] : [{ file: 'models.json', path: `${path}[${index}]`, what }];
  });
}

/** A field's path within its entry, and its value. */
type Field = [path: string, value: string | number | undefined];

/** The same for a field that may be a list. */
function fieldsOf(path: string, value: Field[1] | Array<Field[1]>): Field[] {
  return Array.isArray(value)
    ? value.map((entry, index): Field => [`${path}[${index}]`, entry])
    : [[path, value]];
}

/** Values that this entry or an earlier one already has. Case is ignored. */
function repeated<Entry>(
  file: string,
  entries: Entry[],
  list: string,
  fieldsOf: (entry: Entry) => Field[],
): CatalogFault[] {
  const first = new Map<string, string>();
  const faults: CatalogFault[] = [];
  entries.forEach((entry, index) => {
    for (const [field, value] of fieldsOf(entry)) {
      if (value === undefined) continue;
      const path = `${list}[${index}].${field}`;
      const key = String(value).toLowerCase();
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, path);
      else faults.push({ file, path, what: `"${value}" is already given by ${earlier}` });
    }
  });
  return faults;
}

/**
 * Finds no faults if the plans themselves could not be read. The schema checks the case of letters.
 */
function unknownPlan(
  file: string,
  path: string,
  code: string | undefined,
  planCodes: string[] | undefined,
): CatalogFault[] {
  if (code === undefined || planCodes === undefined) return [];
  if (planCodes.includes(code.toLowerCase())) return [];
  return [
    { file, path, what: `there is no plan "${code}"; the plans are ${planCodes.join(', ')}` },
  ];
}
