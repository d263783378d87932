import { expect, test } from '@jest/globals';
import { createStrangerLimits } from '../../../src/store/limits/strangerLimits.js';

/** How many of so many tries are let through. */
function passed(tries: number, take: (index: number) => unknown): number {
  return Array.from({ length: tries }, (_, index) => take(index)).filter(one => one === null)
    .length;
}

test('one subnet of IPv6 has no more than one address of IPv4, and a site four times that', () => {
  const limits = createStrangerLimits({ clock: () => 0 });
  const one = passed(500, () => limits.take('checkout', '192.0.2.1'));
  expect(one).toBe(120);
  expect(passed(500, index => limits.take('checkout', `2001:db8:0:1::${index.toString(16)}`))).toBe(
    one,
  );
  const other = createStrangerLimits({ clock: () => 0 });
  const site = (index: number) => `2001:db8:0:${index.toString(16)}::1`;
  expect(passed(1_000, index => other.take('use_link', site(index)))).toBe(4 * 60);
});

test('IPv4 in IPv6 is IPv4', () => {
  const limits = createStrangerLimits({ clock: () => 0 });
  passed(500, () => limits.take('checkout', '192.0.2.1'));
  expect(limits.take('checkout', '::ffff:192.0.2.1')).not.toBeNull();
  expect(limits.take('checkout', '::ffff:192.0.2.2')).toBeNull();
});

test('all together have a limit too, which does not apply to known callers', () => {
  let now = 0;
  const limits = createStrangerLimits({ clock: () => now });
  const many = passed(5_000, index => limits.take('sign_in', `10.0.${index >> 8}.${index % 256}`));
  expect(many).toBe(150);
  const refusal = limits.take('sign_in', '192.0.2.1');
  expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 });
  expect(limits.take('sign_in', '192.0.2.1', true)).toBeNull();
  now += 1_000;
  expect(limits.take('sign_in', '192.0.2.1')).toBeNull();
});

test('one address never uses up the limit of all', () => {
  const limits = createStrangerLimits({ clock: () => 0 });
  for (const act of ['sign_in', 'wrong_credential', 'checkout', 'ask_link', 'use_link'] as const) {
    passed(5_000, () => limits.take(act, '192.0.2.1'));
    expect([act, limits.take(act, '192.0.2.2')]).toEqual([act, null]);
  }
});

test('refused attempts are not counted: a caller who waits as told is let through', () => {
  let now = 0;
  const limits = createStrangerLimits({ clock: () => now });
  passed(5_000, () => limits.take('ask_link', '192.0.2.1'));
  const refusal = limits.take('ask_link', '192.0.2.1');
  now += (refusal?.retryAfterSeconds ?? 0) * 1_000;
  expect(limits.take('ask_link', '192.0.2.1')).toBeNull();
});
