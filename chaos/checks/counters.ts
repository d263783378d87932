// The counter check. Every balance that a client saw must lie between two sums: the certain charges before the client
// asked, and all possible charges until the answer came. And no balance may be above its limit.

import { PROVIDERS, type Provider } from '../../src/domain/provider.js';
import { SMALL } from '../cast.js';
import type { Evidence } from '../evidence.js';
import type { Call, Reading } from '../history.js';
import type { Finding } from './finding.js';

/** Sums of units, by the step at which they became known. */
interface Steps {
  /** The sum of what was known before this step. */
  before(step: number): number;
}

function stepsOf(entries: Array<{ step: number; units: number }>): Steps {
  const sorted = [...entries].sort((one, other) => one.step - other.step);
  const steps = sorted.map(({ step }) => step);
  let total = 0;
  const sums = [0, ...sorted.map(({ units }) => (total += units))];
  return {
    before(step) {
      let low = 0;
      let high = steps.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((steps[middle] as number) < step) low = middle + 1;
        else high = middle;
      }
      return sums[low] as number;
    },
  };
}

/** Balances from successful answers count as readings too. */
function readingsIn({ history }: Evidence): Reading[] {
  const own = history.calls.filter(
    ({ outcome, isReplay, period }) => outcome === 'success' && !isReplay && period !== null,
  );
  return [...history.readings, ...(own as Array<Call & { period: string }>)];
}

export function checkCounters(evidence: Evidence): Finding[] {
  const readings = readingsIn(evidence);
  const counted = evidence.cast.large.map(({ id }) => id);
  const between: Finding = {
    promise: 'a balance that is shown has every charge that was acknowledged, and none beyond',
    checked: 0,
    broken: [],
  };
  for (const license of [...counted, ...evidence.cast.small.map(({ id }) => id)]) {
    for (const provider of PROVIDERS) {
      compare(
        between,
        evidence.history.calls.filter(
          call => call.license === license && call.provider === provider,
        ),
        readings.filter(reading => reading.license === license),
        provider,
      );
    }
  }
  return [between, checkLimits(evidence, readings)];
}

function compare(finding: Finding, calls: Call[], readings: Reading[], provider: Provider): void {
  const fresh = calls.filter(call => !call.isReplay);
  const asked = stepsOf(fresh.map(({ begun, most }) => ({ step: begun, units: most })));
  const free = stepsOf(
    fresh
      .filter(({ outcome }) => outcome === 'refused')
      .map(({ ended, most }) => ({ step: ended, units: most })),
  );
  const successes = fresh.filter(({ outcome }) => outcome === 'success');
  for (const period of new Set(readings.map(reading => reading.period))) {
    const charged = stepsOf(
      successes
        .filter(call => call.period === period)
        .map(call => ({ step: call.ended, units: call.charged ?? call.most })),
    );
    for (const { shown, begun, ended, license, period: of } of readings) {
      const used = shown[provider]?.used;
      if (of !== period || used === undefined) continue;
      finding.checked += 1;
      const least = charged.before(begun);
      const most = asked.before(ended) - free.before(begun);
      if (used >= least && used <= most) continue;
      finding.broken.push(
        `${license} ${provider}: shown ${used}, but ${least} were acknowledged before, and at most ${most} asked for`,
      );
    }
  }
}

function checkLimits({ cast, history }: Evidence, readings: Reading[]): Finding {
  const finding: Finding = {
    promise: 'no license is charged or shown above its limit, and none below zero',
    checked: 0,
    broken: [],
  };
  const small = cast.small.map(({ id }) => id);
  for (const { license, shown } of readings) {
    for (const [provider, { used, limit, remaining }] of Object.entries(shown)) {
      finding.checked += 1;
      const isTrue = used >= 0 && used <= limit && remaining >= 0 && remaining <= limit - used;
      if (!isTrue) {
        finding.broken.push(`${license} ${provider}: ${used} of ${limit}, ${remaining} left`);
      }
    }
    const { limit = SMALL } = shown.openrouter ?? {};
    if (small.includes(license) && limit !== SMALL) {
      finding.broken.push(`${license}: a limit of ${limit}, not of ${SMALL}`);
    }
  }
  for (const license of small) {
    const units = history.calls
      .filter(call => call.license === license && call.outcome === 'success')
      .reduce((sum, call) => sum + (call.charged ?? 0), 0);
    finding.checked += 1;
    if (units > SMALL) finding.broken.push(`${license}: ${units} units served, of ${SMALL}`);
  }
  return finding;
}
