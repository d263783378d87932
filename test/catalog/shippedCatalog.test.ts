import { describe, expect, test } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/load.js';
import { MODALITIES } from '../../src/domain/catalog.js';
import { findModel, modelsTaking } from '../../src/domain/modelSearch.js';
import { perProvider } from '../../src/domain/provider.js';

describe('the shipped catalogue', () => {
  test('has the plans and add-ons of seed 003 §5 with their numbers', async () => {
    const { plans, products } = await loadCatalog('catalog');
    const none = perProvider(() => 0);
    expect([...plans.values()].map(plan => [plan.code, plan.rank, plan.allowances])).toEqual([
      ['basic', 1, { ...none, openrouter: 150 }],
      ['pro', 2, { ...none, openrouter: 750 }],
      ['vip', 3, { ...none, openrouter: 750, openai: 80 }],
    ]);
    const addons = [...products.values()].flatMap(product =>
      product.kind === 'addon'
        ? [[product.id, product.provider, product.units, product.minimumPlan, product.lasts]]
        : [],
    );
    expect(addons).toEqual([
      ['404', 'openrouter', 50, 'basic', 'until-used'],
      ['405', 'openrouter', 250, 'basic', 'until-used'],
      ['406', 'openrouter', 1000, 'basic', 'until-used'],
      ['516', 'openai', 50, 'vip', 'until-used'],
      ['517', 'openai', 250, 'vip', 'until-used'],
      ['518', 'openai', 1000, 'vip', 'until-used'],
    ]);
    for (const [id, product] of products) {
      if (product.kind === 'addon') expect(product.shops.woocommerce).toBe(Number(id));
    }
    for (const plan of plans.keys()) {
      expect(products.get(`${plan}-month`)).toMatchObject({ plan, term: 'P1M' });
      expect(products.get(`${plan}-year`)).toMatchObject({ plan, term: 'P1Y' });
    }
  });

  test.each([
    ['gpt-5.2', 'openai/gpt-5.2', 'openai', 'gpt-5.2', 'vip'],
    ['openai/gpt-4o-mini', 'openai/gpt-4o-mini', 'openrouter', 'openai/gpt-4o-mini', 'basic'],
    [
      'deepseek/deepseek-chat',
      'deepseek/deepseek-chat',
      'openrouter',
      'deepseek/deepseek-chat',
      'pro',
    ],
    [
      'qwen/qwen-2.5-7b-instruct',
      'qwen/qwen-2.5-7b-instruct',
      'openrouter',
      'qwen/qwen-2.5-7b-instruct',
      'basic',
    ],
    [
      'meta-llama/llama-3.2-11b-vision-instruct',
      'meta-llama/llama-3.2-11b-vision-instruct',
      'openrouter',
      'meta-llama/llama-3.2-11b-vision-instruct',
      'basic',
    ],
    [
      'anthropic/claude-haiku-4.5',
      'anthropic/claude-haiku-4.5',
      'openrouter',
      'anthropic/claude-haiku-4.5',
      'pro',
    ],
  ])(
    '%s is %s, served by %s as %s from the plan %s on',
    async (name, id, provider, upstreamId, minimumPlan) => {
      const model = findModel(await loadCatalog('catalog'), name);
      expect(model).toMatchObject({ id, provider, upstreamId, minimumPlan, units: 1 });
    },
  );

  test('serves OpenAI directly to VIP only', async () => {
    const { models } = await loadCatalog('catalog');
    for (const model of models.values()) {
      expect(model.provider === 'openai').toBe(model.minimumPlan === 'vip');
    }
  });

  test('gpt-4o-mini takes text, images and files, but neither audio nor video (seed 001)', async () => {
    const model = findModel(await loadCatalog('catalog'), 'openai/gpt-4o-mini');
    expect(model?.card.inputModalities).toEqual(['text', 'image', 'file']);
  });

  test('every plan has a model of its own that sees, and one that takes everything', async () => {
    const catalog = await loadCatalog('catalog');
    for (const plan of catalog.plans.keys()) {
      const own = modelsTaking(catalog, {
        plan,
        content: ['image'],
        needsTools: false,
        kind: 'chat',
      }).filter(id => catalog.models.get(id)?.minimumPlan === plan);
      expect(own).not.toEqual([]);
      expect(
        modelsTaking(catalog, { plan, content: MODALITIES, needsTools: false, kind: 'chat' }),
      ).not.toEqual([]);
    }
  });

  test('has a model that makes images', async () => {
    const { models } = await loadCatalog('catalog');
    expect([...models.values()].some(model => model.card.outputModalities.includes('image'))).toBe(
      true,
    );
  });

  test('says of each model in three languages what it is', async () => {
    const { models } = await loadCatalog('catalog');
    for (const { card } of models.values()) {
      expect(card.description.fa).toMatch(/\p{Script=Arabic}/u);
      expect(card.description.en).toMatch(/^[\p{ASCII}]+$/u);
      expect(card.description['zh-TW']).toMatch(/\p{Script=Han}/u);
    }
  });
});
