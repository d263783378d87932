// What counts of all that a shop told of one order. The newest statement replaces what was told before it, a
// payment that was told under two ids counts once, and changes of a subscription become paid times.

import { earlierOf } from './instant.js';
import {
  DELETED,
  factKey,
  groupOf,
  isPayment,
  type PurchaseFact,
  type Statement,
} from './purchase.js';
import { timesOfChanges } from './subscriptionChanges.js';

type StatedFact = PurchaseFact & { statement: Statement };

/** `facts` are those of one order, in any order, repeated or not. */
export function factsThatCount(facts: PurchaseFact[]): PurchaseFact[] {
  const distinct = new Map(facts.map(fact => [JSON.stringify([factKey(fact), fact.toldAs]), fact]));
  // Sorted by key, so that the order of arrival cannot matter.
  const sorted = [...distinct.keys()].sort().map(key => distinct.get(key) as PurchaseFact);
  const counting = withoutCharged(onePaymentEach(latestTruth(sorted)));
  return [...counting.filter(fact => fact.kind !== 'changed'), ...timesOfChanges(counting)];
}

/** The newest statement of an order, or undefined where its shop tells facts one by one. */
export function newestStatement(facts: PurchaseFact[]): StatedFact | undefined {
  return facts
    .filter(isStated)
    .reduce<StatedFact | undefined>(
      (newest, fact) => (newest && isNewer(newest, fact) ? newest : fact),
      undefined,
    );
}

function isStated(fact: PurchaseFact): fact is StatedFact {
  return fact.statement !== undefined;
}

/**
 * Shops write the time of a change in whole seconds. Of one second, what we asked for is the truth; else the
 * reference decides, which the shop's reader makes so that what can only come later sorts later.
 */
function isNewer(one: StatedFact, other: StatedFact): boolean {
  return (
    (one.occurredAt.getTime() - other.occurredAt.getTime() ||
      Number(one.statement.isAsked) - Number(other.statement.isAsked) ||
      (one.statement.isAsked
        ? one.statement.readAt.getTime() - other.statement.readAt.getTime()
        : 0) ||
      (one.reference < other.reference ? -1 : 1)) > 0
  );
}

function latestTruth(facts: PurchaseFact[]): PurchaseFact[] {
  const newest = newestStatement(facts);
  if (!newest) return facts;
  const told = facts.filter(fact => !isStated(fact));
  const deletions = told.filter(isDeletion);
  const others = told.filter(fact => !isDeletion(fact));
  // Facts that were told one by one, before this shop's orders were read as statements.
  const isOld = others.some(fact => fact.occurredAt > newest.occurredAt);
  return isOld
    ? told
    : [...sinceItIsSo(newest, facts), ...deletions.filter(each => isInForce(each, facts, newest))];
}

function isDeletion({ kind, reference }: PurchaseFact): boolean {
  return kind === 'cancelled' && reference.startsWith(DELETED);
}

/** The time of a deletion is ours, that of a statement the shop's: the two clocks may differ. */
function isInForce(deletion: PurchaseFact, facts: PurchaseFact[], newest: StatedFact): boolean {
  const at = deletion.occurredAt;
  const isRestored = facts.some(({ statement }) => statement?.isRestored && statement.readAt > at);
  return !isRestored && !(newest.occurredAt > at && newest.statement.readAt > at);
}

/**
 * What the newest statement says. What it does not know, older ones may: which lines a refund took, since when an
 * order is cancelled, and lines that could not be read this time.
 */
function sinceItIsSo(newest: StatedFact, facts: PurchaseFact[]): PurchaseFact[] {
  const older = facts
    .filter(isStated)
    .filter(fact => fact !== newest)
    .sort((one, other) => (isNewer(one, other) ? -1 : 1));
  const stated = newest.statement.facts.flatMap(fact => {
    if (endsOrder(fact)) return [{ ...fact, occurredAt: endedSince(fact, older) }];
    const isToldOnly = fact.kind === 'refunded' && !newest.statement.knowsRefunds;
    return isToldOnly ? knownRefund(fact, older) : [fact];
  });
  const [before] = older;
  return newest.statement.isIncomplete && before
    ? [...stated, ...linesBeside(stated, sinceItIsSo(before, older))]
    : stated;
}

/** The first of the statements without a gap that say so. */
function endedSince(ended: PurchaseFact, older: StatedFact[]): Date {
  let since = ended.occurredAt;
  for (const { statement } of older) {
    const same = statement.facts.find(fact => endsOrder(fact) && fact.kind === ended.kind);
    if (!same) break;
    since = earlierOf(since, same.occurredAt);
  }
  return since;
}

/** The time in a statement that knows what the refund took; else when the refund was first told. */
function knownRefund(refund: PurchaseFact, older: StatedFact[]): PurchaseFact[] {
  const isSame = ({ kind, reference }: PurchaseFact) =>
    kind === 'refunded' && reference === refund.reference;
  const known = older.find(
    ({ statement }) => statement.knowsRefunds && statement.facts.some(isSame),
  );
  if (known) return known.statement.facts.filter(isSame);
  const told = older.flatMap(({ statement }) => statement.facts.filter(isSame));
  const occurredAt = told.reduce(
    (first, fact) => earlierOf(first, fact.occurredAt),
    refund.occurredAt,
  );
  return [{ ...refund, occurredAt }];
}

function linesBeside(stated: PurchaseFact[], before: PurchaseFact[]): PurchaseFact[] {
  const has = new Set(stated.map(({ lineId }) => lineId));
  return before.filter(fact => fact.products !== undefined && !has.has(fact.lineId));
}

function endsOrder({ kind, lineId, units, amount }: PurchaseFact): boolean {
  const isWhole = lineId === '' && units === undefined && amount === undefined;
  return isWhole && (kind === 'cancelled' || kind === 'refunded');
}

/** What was to be charged or credited later is told by the payment that did so. */
function withoutCharged(facts: PurchaseFact[]): PurchaseFact[] {
  const keyOf = ({ lineId, kind }: PurchaseFact, reference: string) =>
    JSON.stringify([lineId, kind, reference]);
  const charged = new Set(facts.map(fact => keyOf(fact, fact.reference)));
  return facts.filter(fact => !fact.pending || !charged.has(keyOf(fact, fact.pending)));
}

/**
 * Payments that were told under another id of the order are the same payments once more, and what is about them
 * is about the order; also where it names the other id, and only the order's own payment was told.
 */
function onePaymentEach(facts: PurchaseFact[]): PurchaseFact[] {
  const payments = facts.filter(isPayment);
  const own = new Set(payments.filter(({ toldAs }) => toldAs === undefined).map(groupOf));
  if (own.size === 0) return facts;
  const again = new Set(payments.filter(({ toldAs }) => toldAs !== undefined));
  const references = new Set([...again].map(groupOf));
  return facts
    .filter(fact => !again.has(fact))
    .map(({ about, ...fact }) => {
      const isOfOrder =
        about === undefined || references.has(about) || (about === fact.toldAs && !own.has(about));
      return isOfOrder ? fact : { ...fact, about };
    });
}
