// "Why is my balance N?": all changes of what was left of a month, in order. Each line has the sum that was left then,
// as replies showed it: never below 0. So a line can change the sum by less than the number that it names, for example
// if more was used than a new, smaller plan gives.

import { type AllowanceOf, carriedSteps, openingStep, planSteps } from './beginning.js';
import { type Counters, type Step, type Told, worthOf } from './counters.js';
import { type BalanceHistory, isCutOff, startOf } from './history.js';
import { changeSteps, chargeSteps, givenSteps } from './since.js';

export interface BalanceLine {
  told: Told;
  units: number;
  sum: number;
}

export function balanceLines(
  kept: BalanceHistory,
  allowanceOf: AllowanceOf,
): { balance: number; lines: BalanceLine[] } {
  const history = inOrder(kept);
  // The sort is stable: within a turn, steps stay in the order in which they are listed.
  const steps = [
    ...(isCutOff(history)
      ? [openingStep(history)]
      : [...planSteps(history, allowanceOf), ...carriedSteps(history)]),
    ...givenSteps(history),
    ...changeSteps(history, allowanceOf),
    ...chargeSteps(history),
  ].sort((one, other) => one.at - other.at || one.turn - other.turn);

  const counters: Counters = { quotas: new Map(), grants: new Map(), unexplained: 0 };
  const lines: BalanceLine[] = [];
  let sum = 0;
  function take({ told, apply }: Pick<Step, 'told' | 'apply'>): void {
    apply(counters);
    const left = Math.max(0, balanceOf(counters, history.period));
    if (told) lines.push({ told, units: left - sum, sum: left });
    sum = told ? left : sum;
  }
  for (const step of steps) take(step);

  // The notes should explain everything. If they ever do not, a line says so, and the ledger's number counts.
  const unexplained = ledgerBalance(counters, history) - balanceOf(counters, history.period);
  if (unexplained !== 0) {
    const at = Math.max(startOf(history), ...steps.map(step => step.at));
    take({
      told: { code: 'difference', at, provider: null },
      apply: now => {
        now.unexplained = unexplained;
      },
    });
  }
  return { balance: sum, lines };
}

/**
 * Keeps the instants of changes in order, also if a clock was set back. Leaves out monthly grants of a past month that
 * was never opened: it had no bucket to which they could add.
 */
function inOrder(history: BalanceHistory): BalanceHistory {
  const opened = new Set(history.quotas.map(({ provider }) => provider));
  const grants = history.grants.filter(
    ({ lasts, provider }) => lasts === 'until-used' || opened.has(provider),
  );
  let last = 0;
  const changes = history.changes.map(change => {
    last = Math.max(last, change.at);
    return { ...change, at: last };
  });
  return { ...history, grants, changes };
}

/** What is left. Below 0 if more was used than there is now. */
function balanceOf({ quotas, grants, unexplained }: Counters, period: string): number {
  let left = unexplained;
  for (const { limit, used } of quotas.values()) left += limit - used;
  for (const each of grants.values()) left += worthOf(each, period);
  return left;
}

/** The same, computed from the ledger's own counters at the end. */
function ledgerBalance({ grants }: Counters, { quotas, period }: BalanceHistory): number {
  let left = 0;
  for (const { planLimit, addonLimit, used } of quotas) left += planLimit + addonLimit - used;
  for (const each of grants.values()) {
    if (each.grant.lasts === 'until-used') left += worthOf(each, period);
  }
  return left;
}
