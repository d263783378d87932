// A breaker against a small oracle: it needs several licenses' failures to open and one success to close.
// PROPERTY_RUNS sets the number of runs; PROPERTY_SEED (as a failure prints it) repeats one.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Breaker } from '../../src/providers/breaker.js';

const numRuns = Number(process.env.PROPERTY_RUNS ?? 1_000);
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
const REST_MS = 5_000;
const LICENSES = ['a', 'b', 'c', 'd', 'e'];

type Act =
  | { do: 'begin'; license: string }
  /** `which` counts back from the newest that is under way. */
  | { do: 'end'; which: number; isSuccess: boolean }
  | { do: 'wait'; ms: number };

const acts = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('begin' as const),
        license: fc.constantFrom(...LICENSES),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        which: fc.nat(3),
        isSuccess: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
  ),
  { maxLength: 80, size: 'max' },
);

/** Says whom the breaker refused, and how many licenses had failed since the last success by then. */
function play(played: Act[]): Array<{ failed: number }> {
  const breaker = new Breaker();
  const underWay: Array<{ license: string; mark: number }> = [];
  const failed = new Set<string>();
  const refusals: Array<{ failed: number }> = [];
  let nowMs = 0;
  for (const act of played) {
    if (act.do === 'wait') nowMs += act.ms;
    else if (act.do === 'begin') {
      const isSent = breaker.admits(act.license, nowMs);
      if (isSent) underWay.push({ license: act.license, mark: breaker.mark });
      else refusals.push({ failed: failed.size });
    } else {
      const [ended] = underWay.splice(-1 - act.which, 1);
      if (!ended) continue;
      if (act.isSuccess) {
        breaker.succeed();
        failed.clear();
        expect(LICENSES.map(license => breaker.admits(license, nowMs))).not.toContain(false);
      } else {
        breaker.fail(ended.license, ended.mark, nowMs);
        failed.add(ended.license);
      }
    }
  }
  return refusals;
}

test('nobody is refused unless three licenses have failed since the last success; a success admits all', () => {
  fc.assert(
    fc.property(acts, played => {
      expect(play(played).filter(({ failed }) => failed < 3)).toEqual([]);
    }),
    { seed, numRuns },
  );
});

test('one after the other, within a rest: exactly the requests after three failures are refused', () => {
  const asked = fc.record({ license: fc.constantFrom(...LICENSES), isSuccess: fc.boolean() });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 30 }), requests => {
      const breaker = new Breaker();
      const failed = new Set<string>();
      for (const { license, isSuccess } of requests) {
        const { mark } = breaker;
        expect(breaker.admits(license, 1_000)).toBe(failed.size < 3);
        if (failed.size >= 3) continue;
        if (isSuccess) {
          breaker.succeed();
          failed.clear();
        } else {
          breaker.fail(license, mark, 1_000);
          failed.add(license);
        }
      }
    }),
    { seed, numRuns },
  );
});

test('one license alone never opens it, however often it fails', () => {
  const breaker = new Breaker();
  for (let nowMs = 0; nowMs < 100_000; nowMs += 100) {
    expect(breaker.fail('a', breaker.mark, nowMs)).toBe(false);
    expect(breaker.admits('b', nowMs)).toBe(true);
  }
});

function opened(): Breaker {
  const breaker = new Breaker();
  const openings = ['a', 'b', 'c'].map(license => breaker.fail(license, breaker.mark, 0));
  expect(openings).toEqual([false, false, true]);
  return breaker;
}

test('three licenses open it: all are refused while it rests, and then a success closes it', () => {
  const breaker = opened();
  expect(LICENSES.map(license => breaker.admits(license, REST_MS - 1))).not.toContain(true);
  expect(breaker.admits('d', REST_MS)).toBe(true);
  expect(breaker.isResting(REST_MS)).toBe(true);
  breaker.succeed();
  expect(breaker.isResting(REST_MS)).toBe(false);
  expect(LICENSES.map(license => breaker.admits(license, REST_MS))).not.toContain(false);
});

test('a license that always fails takes nobody else’s try, and keeps it open for nobody', () => {
  const breaker = opened();
  for (let nowMs = REST_MS; nowMs < 40_000; nowMs += 10) {
    if (breaker.admits('a', nowMs)) breaker.fail('a', breaker.mark, nowMs);
  }
  expect(breaker.admits('b', 40_000)).toBe(true);
  breaker.succeed();
  expect(breaker.admits('a', 40_000)).toBe(true);
});

test('while a model fails for all, no more than three try it in each rest', () => {
  const breaker = opened();
  let tries = 0;
  for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
    const license = `license ${nowMs % 1_000}`;
    if (!breaker.admits(license, nowMs)) continue;
    tries += 1;
    breaker.fail(license, breaker.mark, nowMs);
  }
  expect(tries).toBe(3 * 11);
});

test('a failure after others’ successes does not count; old failures are forgotten', () => {
  const breaker = new Breaker();
  const { mark } = breaker;
  breaker.succeed();
  for (const license of LICENSES) expect(breaker.fail(license, mark, 0)).toBe(false);
  for (const [turn, license] of LICENSES.entries()) {
    expect(breaker.fail(license, breaker.mark, turn * 40_000)).toBe(false);
  }
});
