import { describe, expect, test } from '@jest/globals';
import type { KeptGrant } from '../../src/domain/balance/history.js';
import { LANGUAGES } from '../../src/domain/language.js';
import type { Message, MessageKey } from '../../src/domain/refusal.js';
import { sayBalanceLine } from '../../src/i18n/balanceTexts.js';
import { LICENSE_INVALID_DETAILS, say } from '../../src/i18n/messages.js';
import { EXAMPLES } from './examples.js';

const messageOf = (key: string) => ({ key, parameters: EXAMPLES[key as MessageKey] }) as Message;

describe('the Persian messages of seed 003 §8 are said byte for byte', () => {
  test.each<[string, Message, string]>([
    [
      '8.1 invalid license',
      { key: 'license_invalid', parameters: {} },
      'License key نامعتبر است یا فعال نیست.',
    ],
    [
      '8.2 model not in the plan',
      messageOf('direct_not_in_plan'),
      'در پلن PRO مدلهای مستقیم OpenAI در دسترس نیست. برای OpenAI باید پلن VIP داشته باشید.',
    ],
    [
      '8.3 OpenRouter quota',
      { key: 'quota_exhausted', parameters: { provider: 'openrouter' } },
      'سقف ماهانه OpenRouter شما تمام شده است.',
    ],
    [
      '8.4 OpenAI quota',
      { key: 'quota_exhausted', parameters: { provider: 'openai' } },
      'سقف ماهانه GPT/OpenAI شما تمام شده است.',
    ],
    [
      '8.5 empty fields',
      { key: 'required_fields_empty', parameters: {} },
      'api_key یا model یا prompt خالی است.',
    ],
    [
      'a model above the plan, in the same form as 8.2',
      messageOf('model_not_in_plan'),
      'در پلن BASIC مدل deepseek/deepseek-chat در دسترس نیست. برای این مدل باید پلن PRO داشته باشید.',
    ],
  ])('%s', (_, message, expected) => {
    expect(Buffer.from(say('fa', message))).toEqual(Buffer.from(expected));
  });

  test('8.2 names the caller’s plan', () => {
    const parameters = { ...EXAMPLES.direct_not_in_plan, plan: 'basic' };
    const message: Message = { key: 'direct_not_in_plan', parameters };
    expect(say('fa', message)).toContain('BASIC');
    expect(say('fa', message)).not.toContain('PRO');
  });

  test('8.1 has its English details', () => {
    expect(LICENSE_INVALID_DETAILS).toBe('License key is not active or does not exist.');
  });
});

describe('every message', () => {
  test.each(Object.keys(EXAMPLES))('%s is said in each language, with all that it names', key => {
    const texts = LANGUAGES.map(language => say(language, messageOf(key)));
    expect(new Set(texts).size).toBe(LANGUAGES.length);
    for (const text of texts) {
      expect(text).toMatch(/\S/);
      expect(text).not.toMatch(/undefined|\[object|null|NaN/);
      for (const part of visibleParameters(key)) expect(text).toContain(part);
    }
  });

  test('is written in its language', () => {
    for (const key of Object.keys(EXAMPLES)) {
      expect(say('fa', messageOf(key))).toMatch(/\p{Script=Arabic}/u);
      expect(say('en', messageOf(key))).toMatch(/^\p{ASCII}+$/u);
      expect(say('zh-TW', messageOf(key))).toMatch(/\p{Script=Han}/u);
    }
  });
});

/** What the caller must find again in the sentence: values of the request, and names to choose from. */
function visibleParameters(key: string): string[] {
  const { plan, kind, modalities, provider, reason, mostBytes, what, expected, ...visible } =
    EXAMPLES[key as MessageKey] as Record<string, unknown>;
  return Object.entries(visible)
    .flatMap(([name, value]) => (name === 'minimumPlan' ? String(value).toUpperCase() : value))
    .map(String);
}

describe('what to do is said', () => {
  test('an unknown model without close names leads to the list of models', () => {
    for (const language of LANGUAGES) {
      const parameters = { model: 'weather', suggestions: [] };
      expect(say(language, { key: 'model_not_found', parameters })).toContain('/v1/models');
    }
  });

  test('a refused kind of content names at most five models, and says when there are none', () => {
    for (const language of LANGUAGES) {
      const content = (models: string[]) =>
        say(language, {
          key: 'content_not_supported',
          parameters: { model: 'm', modalities: ['video'], models },
        });
      expect(content(['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6'])).toContain('a/5');
      expect(content(['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6'])).not.toContain('a/6');
      expect(content([])).not.toMatch(/[:：]\s*[.。]/);
    }
  });

  test('the largest body is said in MiB', () => {
    expect(say('en', messageOf('body_too_large'))).toContain('20 MiB');
    expect(say('en', { key: 'body_too_large', parameters: { mostBytes: 1000 } })).toContain(
      '1000 B',
    );
  });
});

test('a line of a balance is one sentence in each language, with its own digits and number', () => {
  const given = (units: number, product: string | null, provider: 'openai' | 'all' = 'openai') =>
    LANGUAGES.map(language => {
      const grant = { product, order: null } as unknown as KeptGrant;
      return sayBalanceLine(language, { code: 'given', at: 0 as never, provider, grant, units });
    });
  expect(given(50, '404')).toEqual([
    'مدیر داده است: ۵۰ درخواست OpenAI (بستهٔ افزایشی ۴۰۴)',
    'Given by an administrator: 50 OpenAI requests (add-on 404)',
    '管理員給予：50 次 OpenAI 請求（加購包 404）',
  ]);
  expect(given(1, null)[1]).toBe('Given by an administrator: 1 OpenAI request');
  expect(given(250_000, null, 'all')[1]).toBe('Given by an administrator: $0.25');
});

describe('what a caller wrote', () => {
  const unknownModel = (model: string) =>
    say('en', { key: 'model_not_found', parameters: { model, suggestions: [] } });

  test('is not repeated where it has the form of a key', () => {
    const secret = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6';
    for (const prefix of [
      'sahm_live_',
      'SAHM_LIVE_',
      'xsahm_live_',
      'sk-or-v1-',
      'aifo_sk_live_',
    ]) {
      for (const padding of [0, 260, 280, 295]) {
        const text = unknownModel(`${'x '.repeat(padding / 2)}${prefix}${secret}`);
        expect(text).not.toContain(secret.slice(0, 8));
      }
    }
  });

  test('is repeated as it stands where it does not', () => {
    for (const name of ['ask-me/task-runner-instruct-7b', 'sk-1', 'مدل', 'a/b:free']) {
      expect(unknownModel(name)).toContain(`"${name}"`);
    }
  });

  test('is cut to a sensible length, never within a character', () => {
    const text = unknownModel('😀'.repeat(1_000_000).slice(1));
    expect(text.length).toBeLessThan(500);
    expect(unknownModel(`x${'😀'.repeat(1000)}`)).not.toMatch(/\p{Surrogate}/u);
  });

  test('cannot break the line', () => {
    expect(unknownModel('a\r\nb\u0000c')).toContain('"a b c"');
  });
});
