import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CatalogError, loadCatalog } from '../../src/catalog/load.js';
import { relationFaults } from '../../src/catalog/relations.js';
import { findProduct, namesIn } from '../../src/domain/purchase.js';
import { createCatalogHolder } from '../../src/store/catalog/catalogHolder.js';

// biome-ignore lint/suspicious/noExplicitAny: tests break the files on purpose, in any place.
type Json = any;
type Files = { plans: Json; products: Json; models: Json };

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function shippedFiles(): Promise<Files> {
  const read = async (name: string) => JSON.parse(await readFile(`catalog/${name}.json`, 'utf8'));
  return {
    plans: await read('plans'),
    products: await read('products'),
    models: await read('models'),
  };
}

/** A folder with these files; a string is written as it stands, undefined not at all. */
async function folderOf(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sahm-catalog-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    if (content === undefined) continue;
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(folder, `${name}.json`), text);
  }
  return folder;
}

/** The faults of the shipped catalogue after this change. */
async function faultsAfter(change: (files: Files) => void): Promise<string[]> {
  const files = await shippedFiles();
  change(files);
  const folder = await folderOf(files);
  const error = await loadCatalog(folder).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CatalogError);
  const { faults, message } = error as CatalogError;
  for (const fault of faults) expect(message).toContain(fault);
  return faults;
}

describe('an operator’s own catalogue', () => {
  test('may leave out what has a default, and describe in one language', async () => {
    const { plans, products, models } = await shippedFiles();
    const [model] = models.models;
    delete model.aliases;
    delete model.units;
    delete model.retires_at;
    delete model.card.outputModalities;
    model.card.description = 'A model.';
    delete products.products[0].lasts;
    delete products.products[0].shops;
    const catalog = await loadCatalog(await folderOf({ plans, products, models }));
    expect(catalog.models.get(model.id)).toMatchObject({
      aliases: [],
      units: 1,
      reasoning: false,
      retiresAt: null,
      card: {
        description: { fa: 'A model.', en: 'A model.', 'zh-TW': 'A model.' },
        outputModalities: ['text'],
      },
    });
    expect(catalog.products.get('404')).toMatchObject({ lasts: 'until-used', shops: {} });
  });

  test('is refused with every fault of all three files at once', async () => {
    const faults = await faultsAfter(files => {
      files.plans.plans[0].allowances.openrouter = -1;
      files.plans.plans[2].rank = 2;
      files.products.products[0].units = 1.5;
      files.products.products[1].minimum_plan = 'gold';
      files.products.products[7].plan = 'silver';
      files.products.products[8].shops.woocommerce = '401';
      files.models.models[0].card.pricing.prompt = 0.04;
      files.models.models[0].card.features.vision = true;
      files.models.models[1].id = 'QWEN/qwen-2.5-7b-instruct';
      files.models.models[2].aliases = ['mistralai/Mistral-Nemo'];
      files.models.models[3].provider = 'azure';
    });
    const expected = [
      /^plans\.json: plans\[0\]\.allowances\.openrouter: /,
      /^products\.json: products\[0\]\.units: /,
      /^models\.json: models\[0\]\.card\.pricing\.prompt: /,
      /^models\.json: models\[3\]\.provider: .*"openrouter"\|"openai"/,
      /^plans\.json: plans\[2\]\.rank: "2" is already given by plans\[1\]\.rank$/,
      /^products\.json: products\[8\]\.shops\.woocommerce: "401" is already given by products\[6\]/,
      /^products\.json: products\[1\]\.minimum_plan: there is no plan "gold"; .* basic, pro, vip$/,
      /^products\.json: products\[7\]\.plan: there is no plan "silver"/,
      /^models\.json: models\[1\]\.id: .* is already given by models\[0\]\.id$/,
      /^models\.json: models\[3\]\.id: .* is already given by models\[2\]\.aliases\[0\]$/,
      /^models\.json: models\[0\]\.card\.features\.vision: is true, but/,
    ];
    for (const line of expected) expect(faults).toContainEqual(expect.stringMatching(line));
    expect(faults).toHaveLength(expected.length);
  });

  test.each<[string, (files: Files) => void, RegExp]>([
    ['a missing file', f => (f.plans = undefined), /^plans\.json: the file is missing$/],
    [
      'broken JSON',
      f => (f.products = '{"products": [\n\n'),
      /^products\.json: is not valid JSON: .+$/,
    ],
    ['a file of another form', f => (f.models = []), /^models\.json: /],
    ['a null file', f => (f.models = null), /^models\.json: /],
    ['no plans', f => (f.plans.plans = []), /^plans\.json: plans: /],
    ['an unknown field', f => (f.models.models[0].price = 1), /models\[0\]: .*"price"/],
    [
      'a plan code in capitals',
      f => (f.plans.plans[0].code = 'Basic'),
      /plans\[0\]\.code: .*lower/,
    ],
    [
      'a second plan of a code',
      f => (f.plans.plans[1].code = 'basic'),
      /plans\[1\]\.code: "basic"/,
    ],
    ['an unknown provider', f => (f.plans.plans[0].allowances.azure = 1), /allowances: .*"azure"/],
    [
      'a missing language',
      f => delete f.plans.plans[0].name['zh-TW'],
      /plans\[0\]\.name\["zh-TW"\]/,
    ],
    ['an unknown kind', f => (f.products.products[0].kind = 'gift'), /products\[0\]\.kind: /],
    ['a product twice', f => (f.products.products[1].id = '404'), /products\[1\]\.id: "404"/],
    ['a term that is no duration', f => (f.products.products[6].term = '1 month'), /\.term: .*P1M/],
    [
      'a name twice in a model',
      f => (f.models.models[0].aliases = ['a', 'A']),
      /aliases\[1\]: "A"/,
    ],
    ['half a unit', f => (f.models.models[0].units = 0.5), /models\[0\]\.units: /],
    ['a free request', f => (f.models.models[0].units = 0), /models\[0\]\.units: /],
    ['a date that is none', f => (f.models.models[0].retires_at = '2027-02-30'), /retires_at: /],
    [
      'a card without text',
      f => (f.models.models[0].card.inputModalities = []),
      /must contain "text"/,
    ],
    [
      'a blind card with images',
      f => (f.models.models[0].card.inputModalities = ['text', 'image']),
      /vision: is false/,
    ],
    [
      'an unknown modality',
      f => f.models.models[0].card.inputModalities.push('smell'),
      /inputModalities\[1\]: /,
    ],
    ['a missing card field', f => delete f.models.models[0].card.tokenizer, /card\.tokenizer: /],
  ])('%s is named with its file and path', async (_, change, fault) => {
    expect(await faultsAfter(change)).toContainEqual(expect.stringMatching(fault));
  });

  test('unreadable plans do not make every product and model faulty', async () => {
    expect(await faultsAfter(files => (files.plans = '{'))).toHaveLength(1);
  });
});

test('a product may have several ids in a shop, and each means no other product', async () => {
  const files = await shippedFiles();
  const [first, second] = files.products.products;
  first.shops.woocommerce = [404, 'second/77', 'second/Sku'];
  second.shops.woocommerce = ['second/404', 'third/77'];
  const catalog = await loadCatalog(await folderOf(files));
  expect(findProduct(catalog, ['woocommerce:second/77'])?.id).toBe('404');
  expect(findProduct(catalog, ['woocommerce:second/404'])?.id).toBe('405');
  expect(namesIn(catalog)).toContain('woocommerce:third/77');
  const faults = await faultsAfter(({ products: { products } }) => {
    products[0].shops.woocommerce = [404, 'second/77', 404];
    products[1].shops.woocommerce = [405, 'SECOND/77'];
    products[2].shops.woocommerce = '405';
    products[3].shops.woocommerce = [];
  });
  expect(faults).toEqual([
    expect.stringMatching(/products\[3\]\.shops\.woocommerce: must not be empty/),
    expect.stringMatching(/products\[0\]\.shops\.woocommerce\[2\]: "404" is already given/),
    expect.stringMatching(/products\[1\]\.shops\.woocommerce\[1\]: .* products\[0\]\..*\[1\]$/),
    expect.stringMatching(/products\[2\]\.shops\.woocommerce: "405" is already given/),
  ]);
});

test('an id means one product of a shop, but two may need the same to be sold', () => {
  const faultsOf = (entry: unknown) => {
    const products = ['a', 'b'].map(id => ({ id, shops: { signed: entry } }));
    return relationFaults({ plans: undefined, products, models: undefined });
  };
  expect(faultsOf('x')).toMatchObject([{ path: 'products[1].shops.signed' }]);
  expect(faultsOf({ rials: 2_500_000 })).toEqual([]);
});

test('who follows the reload of another has the files in force, and keeps what it has where they are faulty', async () => {
  const files = await shippedFiles();
  const folder = await folderOf(files);
  const plansFile = join(folder, 'plans.json');
  // It writes nothing, so it needs no database.
  const holder = createCatalogHolder(undefined as never, folder, await loadCatalog(folder));
  const limit = () => holder.current().plans.get('basic')?.allowances.openrouter;
  const { plans } = structuredClone(files.plans);
  plans[0].allowances.openrouter = 7;
  await writeFile(plansFile, JSON.stringify({ plans }));
  expect(await holder.follow()).toEqual({ ok: true, faults: [], changed: true });
  expect(limit()).toBe(7);
  await writeFile(plansFile, JSON.stringify({ plans: plans.slice(1) }));
  expect(await holder.follow()).toMatchObject({ ok: false, faults: expect.any(Array) });
  expect(limit()).toBe(7);
});
