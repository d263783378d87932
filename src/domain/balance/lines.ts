// "Why is my balance N?": all that changed what was left of a month, in order. The sum of each line is what was
// left then, as a reply showed it: never below 0. So a line can change less than it names, for example where a
// smaller plan comes after more was used than it gives.

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
  const steps = [
    ...(isCutOff(history)
      ? [openingStep(history)]
      : [...planSteps(history, allowanceOf), ...carriedSteps(history)]),
    ...givenSteps(history),
    ...changeSteps(history, allowanceOf),
    ...chargeSteps(history),
  ].sort((one, other) => one.at - other.at || one.turn - other.turn || one.id - other.id);

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

  // The notes explain all. If ever they do not, that is said, and the ledger is right.
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
 * The instants of changes never go back, as those of a clock that was set back would. A past month that nobody
 * opened had no bucket of its own, which grants of months could add to.
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

/** What is left, and less than 0 where more was used than there is now. */
function balanceOf({ quotas, grants, unexplained }: Counters, period: string): number {
  let left = unexplained;
  for (const { limit, used } of quotas.values()) left += limit - used;
  for (const each of grants.values()) left += worthOf(each, period);
  return left;
}

/** The same as the ledger's own counters have it at the end. */
function ledgerBalance({ grants }: Counters, { quotas, period }: BalanceHistory): number {
  let left = 0;
  for (const { planLimit, addonLimit, used } of quotas) left += planLimit + addonLimit - used;
  for (const each of grants.values()) {
    if (each.grant.lasts === 'until-used') left += worthOf(each, period);
  }
  return left;
}
