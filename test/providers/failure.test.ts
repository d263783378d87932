import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { readRefusal } from '../../src/providers/chatCompletions/refusal.js';
import { cleanDetail } from '../../src/providers/cleanDetail.js';
import { failureOfReply, parseRetryAfter } from '../../src/providers/failure.js';
import { retryAfterIn } from '../../src/providers/replyHeaders.js';
import { mayRetry } from '../../src/providers/retry.js';

const OWN_KEY = 'operators-own-key';
/** What the log has of the error below. */
const SAID = { words: 'No.' };

function failureOf(status: number, error: object = { message: 'No.' }, retryAfter?: string) {
  return failureOfReply(status, retryAfter, readRefusal(status, { error }), [OWN_KEY]);
}

describe('what a status of the upstream means', () => {
  test.each([400, 413, 422])('%i is the caller’s fault, with the upstream’s message', status => {
    expect(failureOf(status)).toEqual({
      kind: 'failure',
      code: 'invalid_request',
      reason: `status_${status}`,
      detail: 'No.',
    });
  });

  test.each([401, 402, 403])(
    '%i is about our account: an alert, no message for the caller, retry later',
    status => {
      expect(failureOf(status)).toEqual({
        kind: 'failure',
        code: 'upstream_unavailable',
        reason: `status_${status}`,
        alert: expect.stringContaining(String(status)),
        said: SAID,
      });
    },
  );

  test('403 with reasons is moderation of the caller’s input', () => {
    const error = { message: 'Flagged.', metadata: { reasons: ['violence'] } };
    expect(failureOf(403, error)).toMatchObject({ code: 'invalid_request', detail: 'Flagged.' });
    expect(failureOf(403, error)).not.toHaveProperty('alert');
  });

  test.each([
    'API key not valid. Please pass a valid API key.',
    'Incorrect API key provided: sk-a.',
    'Your credit balance is too low to access the Anthropic API.',
    'You have reached your specified API usage limits. You will regain access on 2026-12-01.',
    'This organization has been disabled.',
    'User location is not supported for the API use.',
    'Country, region, or territory not supported',
    'You exceeded your current quota, please check your plan and billing details.',
    'Insufficient Balance',
    'Your account is not active, please check your billing details on our website.',
    'Project `proj_1` does not have access to model `gpt-5.2`',
  ])('a 400 that says %j is about our account too, also inside another error', words => {
    const raw = JSON.stringify([{ error: { code: 400, message: words } }]);
    const inside = { message: 'Provider returned error', code: 400, metadata: { raw } };
    for (const error of [{ message: words }, inside]) {
      const failure = failureOf(400, error);
      expect(failure).toMatchObject({ code: 'upstream_unavailable', alert: expect.any(String) });
      expect(failure).not.toHaveProperty('detail');
    }
    const repeated = { message: `The prompt is too long: "${words}"` };
    expect(failureOf(400, repeated)).toMatchObject({ code: 'invalid_request' });
  });

  test('404 means a stale catalogue, and so does a 400 that names an unknown model', () => {
    const stale = { code: 'upstream_failed', alert: expect.stringContaining('stale') };
    expect(failureOf(404)).toMatchObject(stale);
    const unknown = { message: 'no', availability: { code: 'model_not_found' } };
    expect(failureOf(400, unknown)).toMatchObject(stale);
  });

  test.each([408, 504, 524])('%i is a timeout', status => {
    expect(failureOf(status)).toEqual({
      kind: 'failure',
      code: 'upstream_timeout',
      reason: `status_${status}`,
      said: SAID,
    });
  });

  test.each([429, 503, 529])('%i is busy, with the time to wait', status => {
    expect(failureOf(status, {}, '7')).toEqual({
      kind: 'failure',
      code: 'upstream_unavailable',
      reason: `status_${status}`,
      retryAfterSeconds: 7,
    });
  });

  test('the upstream’s message about its own failure is for the log, without our key', () => {
    const error = { message: `overloaded, key ${OWN_KEY}`, code: 'engine_overloaded' };
    const said = { words: 'overloaded, key [removed]', code: 'engine_overloaded' };
    for (const status of [429, 500, 504]) expect(failureOf(status, error)).toMatchObject({ said });
    expect(failureOf(400, error)).not.toHaveProperty('said');
  });

  test('429 for an empty account alerts, and is tried again only with another key', () => {
    const failure = failureOf(429, { type: 'insufficient_quota' });
    expect(failure).toHaveProperty('alert');
    expect(mayRetry(failure, true)).toEqual({ afterMs: 0 });
    expect(mayRetry(failure, false)).toBeNull();
  });

  test.each([201, 204, 402 + 7, 412, 418, 500, 501, 502, 520, 599])('%i has failed', status => {
    const reason = `status_${status}`;
    expect(failureOf(status)).toEqual({
      kind: 'failure',
      code: 'upstream_failed',
      reason,
      said: SAID,
    });
  });

  test.each([301, 302, 303, 307, 308])('%i is a redirect, which is never followed', status => {
    expect(failureOf(status)).toEqual({
      kind: 'failure',
      code: 'upstream_failed',
      reason: 'redirect',
      said: SAID,
    });
  });

  test.each([undefined, null, 'text', [], { error: 7 }, { error: { message: 7 } }])(
    'a 400 without a readable message (%j) has no detail',
    body => {
      const failure = failureOfReply(400, undefined, readRefusal(400, body), []);
      expect(failure).toEqual({ kind: 'failure', code: 'invalid_request', reason: 'status_400' });
    },
  );

  test.each([
    { error: 'too hot' },
    { detail: 'too hot' },
    { object: 'error', message: 'too hot', code: 400 },
    { detail: [{ loc: ['body', 'temperature'], msg: 'too hot' }] },
    {
      error: {
        message: 'Provider returned error',
        metadata: { raw: '{"error":{"message":"{\\"error\\":{\\"message\\":\\"too hot\\"}}"}}' },
      },
    },
  ])('a 400 of another form (%j) is told in its words', body => {
    const failure = failureOfReply(400, undefined, readRefusal(400, body), []);
    expect(failure).toMatchObject({ code: 'invalid_request', detail: 'too hot' });
  });
});

test.each([
  [undefined, undefined],
  ['0', 1],
  ['1', 1],
  ['60', 60],
  ['3600', 60],
  ['Wed, 21 Oct 2026 07:28:30 GMT', 30],
  ['Wed, 21 Oct 2026 07:27:00 GMT', 1],
  ['Wed, 21 Oct 2026 09:00:00 GMT', 60],
  ['soon', undefined],
  ['7.5', 8],
  ['0.2', 1],
  ['in 7', undefined],
  ['-5', undefined],
  ['', undefined],
])('Retry-After %j asks for %p seconds', (value, seconds) => {
  expect(parseRetryAfter(value, Date.UTC(2026, 9, 21, 7, 28, 0))).toBe(seconds);
});

test('a time to wait in milliseconds is read before the one in seconds', () => {
  const retryAfterOf = (headers: IncomingHttpHeaders) => parseRetryAfter(retryAfterIn(headers), 0);
  expect(retryAfterOf({ 'retry-after-ms': '29500', 'retry-after': '1' })).toBe(30);
  expect(retryAfterOf({ 'retry-after-ms': 'soon', 'retry-after': '4' })).toBe(4);
  expect(retryAfterOf({ 'retry-after': '4' })).toBe(4);
  expect(retryAfterOf({})).toBeUndefined();
});

describe('an upstream’s message, before a caller sees it', () => {
  const license = `sahm_live_${'a1B2c3'.repeat(6)}`;
  test.each([
    `sk-or-v1-${'0123456789abcdef'.repeat(4)}`,
    'sk-proj-abc123DEF456',
    'sk-abcd****************wxyz',
    'sk_live_51HabcXYZ',
    license,
    'Bearer abc.def-ghi',
    'whsec_abcdefgh1234',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    'AIzaSyA1234567890abcdefghijklmnopqrstuv',
    'AIzaSyA1234567890abcd',
    'hf_abcdefghijklmn',
    'gsk_abcdefghijklmn',
    OWN_KEY,
  ])('%s is removed', key => {
    const detail = cleanDetail(`Incorrect API key provided: ${key}. Find yours.`, [OWN_KEY]);
    expect(detail).toBe('Incorrect API key provided: [removed]. Find yours.');
  });

  test.each([
    'https://eu.example.com/v1?x=1',
    'api.example.com:443',
    'shop-1.openai.azure.com/openai',
    'arn:aws:bedrock:us-east-1:123456789012:model/x',
    'operator@example.co.uk',
    '10.0.0.5:8080',
    '[2001:db8::1]:443',
    'org-AbC123xyz',
  ])('%s shows an address or an account, and is removed', shown => {
    expect(cleanDetail(`Refused by ${shown} today.`, [])).toBe('Refused by [removed] today.');
  });

  test('a key at the place of the cut is removed, not halved', () => {
    const detail = cleanDetail(`${'x '.repeat(247)}${license}`, []);
    expect(detail).not.toContain('sahm_live_a');
  });

  test('ordinary words stay', () => {
    const words =
      "Unsupported parameter: 'max_tokens' at 07:28:30, messages[3].content[0].image_url.url, gpt-5.2, std::text. این مدل تصویر نمی‌پذیرد. 最多 200000 個權杖。";
    expect(cleanDetail(words, [])).toBe(words);
  });

  test('control characters and half surrogate pairs are removed, at most 500 characters stay', () => {
    expect(cleanDetail('a\u0000\r\n\tb\u001b[31m\ud800', [])).toBe('a b [31m');
    expect([...(cleanDetail('😀'.repeat(900), []) ?? '')]).toHaveLength(500);
    expect(cleanDetail(' \n ', [])).toBeUndefined();
  });
});
