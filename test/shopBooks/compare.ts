// Compares what a buyer has here with the shops' books, and describes differences.

import { planAt, type Sums, sumsOf } from './expectation.js';
import type { Played } from './play.js';
import { DAY_MS } from './world.js';

/** What a buyer has at an instant. */
export interface Has {
  plan: string | null;
  endsAt: Date | null;
  /** By order and product; null where there is no license that could have any. */
  units: Map<string, number> | null;
}

export interface Holder {
  at(instant: number): Promise<Has>;
  sums(): Promise<Sums>;
  /** Orders of which a delivery was `failed`. */
  failed(): Promise<Set<string>>;
}

/** Days after the end at which the plan is compared too. */
const LATER_DAYS = [0, 2, 5, 11, 29, 47, 75, 130];
/** An event comes a moment after what it tells. */
const SAME_MS = 5_000;

/** The differences; empty where all is as it should be. */
export async function differences(
  { now, books, boostsAt }: Played,
  holder: Holder,
): Promise<string[]> {
  const found: string[] = [];
  for (const days of LATER_DAYS) {
    const instant = now + days * DAY_MS;
    const has = await holder.at(instant);
    found.push(...planDifference(planAt(books.spans, instant), has, instant));
    const units = new Map([...books.units, ...boostsAt(instant)]);
    if (has.units) found.push(...unitDifferences(units, has.units, instant));
  }
  const [should, is] = [plain(sumsOf(books.money)), plain(await holder.sums())];
  if (should !== is) found.push(`money: ${is} instead of ${should}`);
  const failed = await holder.failed();
  for (const order of books.needPerson) {
    if (!failed.has(order)) found.push(`no event of order ${order} is failed`);
  }
  return found;
}

function planDifference(
  should: ReturnType<typeof planAt>,
  { plan, endsAt }: Has,
  instant: number,
): string[] {
  const is = `${plan} until ${plan === null ? '-' : endsAt?.toISOString()}`;
  const end = should.endsAt === null ? '-' : new Date(should.endsAt).toISOString();
  const isNear = Math.abs((endsAt?.getTime() ?? 0) - (should.endsAt ?? 0)) <= SAME_MS;
  if (plan === should.plan && (plan === null || isNear)) return [];
  return [`${new Date(instant).toISOString()}: ${is} instead of ${should.plan} until ${end}`];
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
function plain(all: Sums): string {
  const entries = Object.entries(all).filter(([, { paid, refunded }]) => paid || refunded);
  return JSON.stringify(Object.fromEntries(entries.sort()));
}
