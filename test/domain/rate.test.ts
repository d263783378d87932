import { expect, test } from '@jest/globals';
import { type RateState, rateOf, tooManyAtOnce } from '../../src/domain/rate.js';

const resetsAt = new Date('2026-12-01T00:01:00Z');

function asked(rateLimit: number | null, requests: number, resetsInMs = 30_001) {
  const seen: RateState[] = [];
  const refusal = rateOf({ rateLimit }, { requests, resetsAt, resetsInMs }, rate =>
    seen.push(rate),
  );
  return { refusal, seen };
}

test('exactly as many requests as the limit are served in a minute, and each shows how many are left', () => {
  expect(asked(3, 2)).toEqual({ refusal: null, seen: [{ limit: 3, remaining: 1, resetsAt }] });
  expect(asked(3, 3)).toEqual({ refusal: null, seen: [{ limit: 3, remaining: 0, resetsAt }] });
});

test('the next one is refused until the minute ends, in whole seconds and at least one', () => {
  const { refusal, seen } = asked(3, 4);
  expect(refusal).toMatchObject({ code: 'rate_limited', message: { key: 'rate_limited' } });
  expect(refusal).toMatchObject({ retryAfterSeconds: 31 });
  expect(seen).toEqual([{ limit: 3, remaining: 0, resetsAt }]);
  expect(asked(3, 4, 0).refusal).toMatchObject({ retryAfterSeconds: 1 });
});

test('without a limit, or where nothing is counted, all are served and nothing is shown', () => {
  expect(asked(null, 1_000)).toEqual({ refusal: null, seen: [] });
  const rated = () => {
    throw new Error('nothing to show');
  };
  expect(rateOf({ rateLimit: 3 }, undefined, rated)).toBeNull();
});

test('as many calls as the limit run at once, and the next one is told to wait a second', () => {
  expect(tooManyAtOnce(2, 2)).toBeNull();
  expect(tooManyAtOnce(2, 3)).toMatchObject({
    code: 'rate_limited',
    message: { key: 'too_many_at_once', parameters: { most: 2 } },
    retryAfterSeconds: 1,
  });
});
