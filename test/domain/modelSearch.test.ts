import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/load.js';
import type { Catalog } from '../../src/domain/catalog.js';
import { findModel, modelsTaking, suggestModels } from '../../src/domain/modelSearch.js';

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

describe('modelsTaking', () => {
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
