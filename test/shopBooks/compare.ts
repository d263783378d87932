// Compares what a buyer has here with what the shops' books say, in words.

import type { Entitlements } from '../../src/domain/foldPurchases.js';
import { planAt, sumsOf } from './expectation.js';
import type { MemoryKeeper } from './memoryKeeper.js';
import type { Played } from './play.js';
import { DAY_MS } from './world.js';

/** Days after the end at which the plan is compared too. */
const LATER_DAYS = [0, 2, 5, 11, 29, 47, 75, 130];
/** An event comes a moment after what it tells. */
const SAME_MS = 5_000;

/** The differences; empty where all is as it should be. */
export function differences({ now, books, boostsAt }: Played, keeper: MemoryKeeper): string[] {
  const found: string[] = [];
  for (const days of LATER_DAYS) {
    const instant = now + days * DAY_MS;
    const has = keeper.at(instant);
    found.push(...planDifference(planAt(books.spans, instant), has, instant));
    const units = new Map([...(days === 0 ? books.units : []), ...boostsAt(instant)]);
    const isTold = (product: string) => days === 0 || product === 'boost';
    found.push(...unitDifferences(units, unitsOf(has, isTold), instant));
  }
  const [should, sums] = [plain(sumsOf(books.money)), plain(keeper.sums())];
  if (should !== sums) found.push(`money: ${sums} instead of ${should}`);
  for (const order of books.needPerson) {
    if (!keeper.failed.has(order)) found.push(`no event of order ${order} is failed`);
  }
  return found;
}

function planDifference(
  should: ReturnType<typeof planAt>,
  { plan, endsAt }: Entitlements,
  instant: number,
): string[] {
  const is = `${plan} until ${plan === null ? '-' : endsAt?.toISOString()}`;
  const expected = `${should.plan} until ${should.endsAt === null ? '-' : new Date(should.endsAt).toISOString()}`;
  const isNear = Math.abs((endsAt?.getTime() ?? 0) - (should.endsAt ?? 0)) <= SAME_MS;
  if (plan === should.plan && (plan === null || isNear)) return [];
  return [`${new Date(instant).toISOString()}: ${is} instead of ${expected}`];
}

function unitsOf(
  { addons }: Entitlements,
  isTold: (product: string) => boolean,
): Map<string, number> {
  const units = new Map<string, number>();
  for (const { line, entitled, isPaid } of addons) {
    if (!isPaid || !isTold(line.terms.id)) continue;
    const key = `${line.orderId} ${line.terms.id}`;
    units.set(key, (units.get(key) ?? 0) + entitled);
  }
  return units;
}

function unitDifferences(
  should: Map<string, number>,
  is: Map<string, number>,
  instant: number,
): string[] {
  return [...new Set([...should.keys(), ...is.keys()])].flatMap(key => {
    const [given = 0, expected = 0] = [is.get(key), should.get(key)];
    return given === expected
      ? []
      : [`${new Date(instant).toISOString()}: ${key}: ${given} units instead of ${expected}`];
  });
}

/** Without currencies in which nothing moved. */
function plain(sums: ReturnType<typeof sumsOf>): string {
  const entries = Object.entries(sums).filter(([, { paid, refunded }]) => paid || refunded);
  return JSON.stringify(Object.fromEntries(entries.sort()));
}
