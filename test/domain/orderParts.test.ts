// Orders that issue a license for each piece of a line.

import { describe, expect, test } from '@jest/globals';
import { factsOfPart, issuesPieces, piecesOf } from '../../src/domain/orderParts.js';
import type { FactKind, PurchaseFact, PurchaseLine } from '../../src/domain/purchase.js';

/** What is `undefined` is not told. */
type More = { [Name in keyof PurchaseFact]?: PurchaseFact[Name] | undefined };

function fact(kind: FactKind, reference: string, more: More = {}): PurchaseFact {
  const occurredAt = new Date('2026-01-01');
  const common = { shop: 'signed', orderId: '900', lineId: '1' } as const;
  return { ...common, kind, reference, occurredAt, ...more } as PurchaseFact;
}
const paid = (more: More = {}) =>
  fact('bought', 'paid', { products: ['id:pro'], quantity: 3, soldAs: 'pro', ...more });
const LINE = { lineId: '1', soldAs: 'pro' };

test('only a plan that always issues a new license is issued by the piece', () => {
  const plan = { kind: 'plan', id: 'pro', plan: 'pro', term: 'P1M' } as const;
  const addon = {
    kind: 'addon',
    id: '404',
    provider: 'openai',
    units: 1,
    lasts: 'month',
    minimumPlan: 'pro',
    issues: 'new',
  } as const;
  const isIssued = (terms: PurchaseLine['terms']) =>
    issuesPieces({ shop: 'signed', orderId: '900', lineId: '1', terms });
  expect(isIssued({ ...plan, issues: 'new' })).toBe(true);
  expect(isIssued(plan)).toBe(false);
  expect(isIssued(addon)).toBe(false);
});

test.each<[string, PurchaseFact[], number, number]>([
  ['are those that were paid for', [paid()], 3, 3],
  ['are one where no number is told', [paid({ quantity: undefined })], 1, 1],
  ['are none before a payment', [], 0, 0],
  [
    'are paid for once more by a renewal',
    [paid(), paid({ kind: 'renewed', reference: 'r', quantity: 2 })],
    3,
    3,
  ],
  [
    'are fewer by each refund of some',
    [paid(), fact('refunded', 'a', { quantity: 1 }), fact('refunded', 'b', { quantity: 1 })],
    3,
    1,
  ],
  ['are not below none', [paid(), fact('refunded', 'a', { quantity: 9 })], 3, 0],
  ['are not fewer by a refund that names no pieces', [paid(), fact('refunded', 'a')], 3, 3],
  ['are not fewer by another fact', [paid(), fact('disputed', 'a', { quantity: 1 })], 3, 3],
  [
    'are not those of another line',
    [paid({ lineId: '2' }), fact('refunded', 'a', { lineId: '2', quantity: 1 })],
    0,
    0,
  ],
  ['are not those of another product', [paid({ soldAs: 'vip' })], 0, 0],
])('the pieces of a line %s', (_, facts, count, standing) => {
  expect(piecesOf(facts, LINE)).toEqual({ paid: count, standing });
});

describe('a piece', () => {
  /** What facts say of a piece: `bought paid * 1`. */
  const said = (piece: number, ...facts: PurchaseFact[]) =>
    factsOfPart(facts, { ...LINE, orderId: `900 piece ${piece}`, piece }).map(
      ({ orderId, kind, reference, quantity }) => {
        expect(orderId).toBe(`900 piece ${piece}`);
        return [kind, reference, ...(quantity === undefined ? [] : [`* ${quantity}`])].join(' ');
      },
    );

  test('is bought once, if that many were', () => {
    expect([1, 3, 4].map(piece => said(piece, paid()))).toEqual([
      ['bought paid * 1'],
      ['bought paid * 1'],
      [],
    ]);
    expect(said(1, paid({ quantity: undefined }))).toEqual(['bought paid * 1']);
    expect(said(2, paid({ quantity: undefined }))).toEqual([]);
  });
  test('is renewed if that many were renewed', () => {
    const renewed = paid({ kind: 'renewed', reference: 'r', quantity: 2 });
    expect(said(2, paid(), renewed)).toEqual(['bought paid * 1', 'renewed r * 1']);
    expect(said(3, paid(), renewed)).toEqual(['bought paid * 1']);
  });
  test('goes back completely, from the last one on, and none that was never paid for', () => {
    const back = fact('refunded', 'a', { quantity: 2, amount: { part: 1, whole: 0 } });
    expect([1, 2, 3, 4].map(piece => said(piece, paid(), back))).toEqual([
      ['bought paid * 1'],
      ['bought paid * 1', 'refunded a'],
      ['bought paid * 1', 'refunded a'],
      [],
    ]);
  });
  test('has what is said of the whole line or order, and nothing of other lines and products', () => {
    const facts = [
      fact('refunded', 'line'),
      fact('disputed', 'line', { quantity: 1 }),
      fact('cancelled', 'order', { lineId: '' }),
      fact('cancelled', 'other', { lineId: '2' }),
      paid({ soldAs: 'vip' }),
    ];
    expect(said(1, ...facts)).toEqual(['refunded line', 'disputed line * 1', 'cancelled order']);
  });
});
