import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/load.js';
import type { Catalog } from '../../src/domain/catalog.js';
import {
  findModel,
  LONGEST_MODEL_NAME,
  modelsTaking,
  suggestModels,
} from '../../src/domain/modelSearch.js';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await loadCatalog('catalog');
});

describe('findModel', () => {
  test('finds a model by its id and by its alias, in any case', () => {
    const model = catalog.models.get('openai/gpt-5.2');
    expect(model).toBeDefined();
    for (const name of ['openai/gpt-5.2', 'gpt-5.2', 'GPT-5.2', 'OpenAI/GPT-5.2']) {
      expect(findModel(catalog, name)).toBe(model);
    }
  });

  test('does not guess', () => {
    for (const name of ['', 'gpt', 'gpt-5', 'openai/gpt-5.2 ', '__proto__', 'x'.repeat(1e6)]) {
      expect(findModel(catalog, name)).toBeUndefined();
    }
  });
});

describe('suggestModels', () => {
  test.each([
    ['deepsek/deepseek-chat', 'deepseek/deepseek-chat'],
    ['DeepSeek_Chat', 'deepseek/deepseek-chat'],
    ['gpt4o-mini', 'openai/gpt-4o-mini'],
    ['gpt-5-2', 'openai/gpt-5.2'],
    ['claude-haiku', 'anthropic/claude-haiku-4.5'],
    ['qwen/qwen2.5-7b', 'qwen/qwen-2.5-7b-instruct'],
    ['openrouter/z-ai/glm-5.2', 'z-ai/glm-5.2'],
    ['llama-3.2-11b-vision', 'meta-llama/llama-3.2-11b-vision-instruct'],
  ])('for %s suggests %s first', (name, id) => {
    expect(suggestModels(catalog, name)[0]).toBe(id);
  });

  test('suggests nothing for what is like no model', () => {
    for (const name of ['', '/', '؟؟؟', 'a', 'weather tomorrow', 'zzzzzzzzzzzz']) {
      expect(suggestModels(catalog, name)).toEqual([]);
    }
  });

  test('suggests no more than asked, each model once', () => {
    expect(suggestModels(catalog, 'gpt')).toHaveLength(3);
    const many = suggestModels(catalog, 'gpt', 100);
    expect(new Set(many).size).toBe(many.length);
  });

  test('a name of many megabytes costs next to nothing', () => {
    const started = performance.now();
    suggestModels(catalog, 'gpt-5.2'.repeat(3_000_000));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('of a few models', () => {
  const of = (...ids: string[]) => {
    const models = new Map(ids.map(id => [id, { id, aliases: [] }]));
    return { models, modelsByName: models } as unknown as Catalog;
  };

  test('the closest is suggested first, and of equally close ones the first by name', () => {
    const few = of('x/north-12', 'x/south-99', 'x/north-34', 'x/north-11', 'x/northern-lights');
    expect(suggestModels(few, 'north-11', 9)).toEqual(['x/north-11', 'x/north-12']);
    expect(suggestModels(few, 'north', 9)).toEqual([
      'x/north-11',
      'x/north-12',
      'x/north-34',
      'x/northern-lights',
    ]);
  });

  test('a quarter of its letters may be wrong, and no more; a part of three letters is enough', () => {
    const one = of('abcdefgh');
    expect(suggestModels(one, 'abcdefxx')).toEqual(['abcdefgh']);
    expect(suggestModels(one, 'abcdexxx')).toEqual([]);
    expect(suggestModels(one, 'cde')).toEqual(['abcdefgh']);
    expect(suggestModels(one, 'cd')).toEqual([]);
  });

  test('another vendor’s name before it does no harm', () => {
    expect(suggestModels(of('acme/orbit-7'), 'somebody-else-with-a-long-name/orbit-8')).toEqual([
      'acme/orbit-7',
    ]);
  });

  test('a name as long as any is found, and a longer one is not looked for', () => {
    const longest = 'x'.repeat(LONGEST_MODEL_NAME);
    const both = of(longest, `${longest}x`);
    expect(findModel(both, longest)).toBeDefined();
    expect(findModel(both, `${longest}x`)).toBeUndefined();
  });
});

describe('modelsTaking', () => {
  test('names only models of the kind that is asked for, with tools where they are needed', () => {
    for (const kind of ['chat', 'embedding'] as const) {
      for (const needsTools of [false, true]) {
        const ids = modelsTaking(catalog, { plan: 'vip', content: ['text'], needsTools, kind });
        const fitting = [...catalog.models.values()].filter(
          ({ card }) =>
            card.kind === kind &&
            card.inputModalities.includes('text') &&
            (card.features.tools || !needsTools),
        );
        expect(ids).toEqual(fitting.map(({ id }) => id));
        expect(ids.length > 0).toBe(kind === 'chat' || !needsTools);
      }
    }
    const some = [...catalog.models.values()].map(({ card }) => card.features.tools);
    expect(new Set(some).size).toBe(2);
  });

  test('names only models of the plan that take every kind asked for', () => {
    const ids = modelsTaking(catalog, {
      plan: 'pro',
      content: ['text', 'audio', 'video'],
      needsTools: false,
      kind: 'chat',
    });
    expect(ids).toContain('google/gemini-3-flash-preview');
    for (const id of ids) {
      const model = catalog.models.get(id);
      expect(['basic', 'pro']).toContain(model?.minimumPlan);
      expect(model?.card.inputModalities).toEqual(
        expect.arrayContaining(['text', 'audio', 'video']),
      );
    }
  });

  test('an unknown plan has no models', () => {
    expect(
      modelsTaking(catalog, { plan: 'gold', content: ['text'], needsTools: false, kind: 'chat' }),
    ).toEqual([]);
  });
});
