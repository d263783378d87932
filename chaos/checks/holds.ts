// Compares the ends of holds with what clients saw and with what the upstream served.

import type { Evidence, Hold } from '../evidence.js';
import type { Finding } from './finding.js';

/** The most calls for one request: there is one retry if the upstream failed, and none if it answered. */
const MOST_CALLS = 2;
/** The outcomes in which the upstream sends content. */
const ANSWERS = /^(answer|delay-\d+|pace-\d+|cut-\d+|stream-error-\d+)$/;
/** Half an answer and then a reset. Half a stream has content: who leaves while it is read is charged. */
const HALF = 'reset-body';

export function checkHolds(evidence: Evidence): Finding[] {
  const holds = new Map(evidence.holds.map(hold => [hold.id, hold]));
  return [
    checkSuccesses(evidence, holds),
    checkRefusals(evidence, holds),
    checkUnknown(evidence),
    checkPending(evidence),
    checkUpstream(evidence, holds),
    checkTold(evidence),
  ];
}

function checkSuccesses({ history }: Evidence, holds: Map<string, Hold>): Finding {
  const broken: string[] = [];
  const successes = history.calls.filter(call => call.outcome === 'success' && !call.isReplay);
  const ids = new Set<string>();
  for (const { id, kind, charged } of successes) {
    const hold = holds.get(id ?? '');
    const state = hold?.state ?? 'missing';
    if (state !== 'posted') broken.push(`${id} (${kind}): a success, but its hold is ${state}`);
    else if (charged !== hold?.units) {
      broken.push(`${id} (${kind}): told a cost of ${charged}, charged ${hold?.units}`);
    }
    if (ids.has(id ?? '')) broken.push(`${id}: two successes of one hold`);
    ids.add(id ?? '');
  }
  const promise = 'who got an answer was charged for it, once, what the answer says';
  return { promise, checked: successes.length, broken };
}

function checkRefusals({ history }: Evidence, holds: Map<string, Hold>): Finding {
  const refused = history.calls.filter(call => call.outcome === 'refused');
  const broken = refused
    .filter(({ id }) => holds.get(id ?? '')?.state === 'posted')
    .map(
      ({ id, kind, status, code }) => `${id} (${kind}): refused (${status} ${code}), but charged`,
    );
  return {
    promise: 'what was refused, or failed, was not charged',
    checked: refused.length,
    broken,
  };
}

/** At the end, a charge without a success must belong to a call whose outcome the client could not know. */
function checkUnknown({ history, holds }: Evidence): Finding {
  const acknowledged = new Set(
    history.calls.filter(({ outcome }) => outcome === 'success').map(({ id }) => id),
  );
  const nameOf = (license: string, model: string) => `${license} ${model}`;
  const unknown = new Map<string, number>();
  for (const { outcome, license, model } of history.calls) {
    if (outcome !== 'unknown') continue;
    const name = nameOf(license, model);
    unknown.set(name, (unknown.get(name) ?? 0) + 1);
  }
  const broken: string[] = [];
  let checked = 0;
  for (const { id, license, model, state } of holds) {
    if (state !== 'posted' || acknowledged.has(id)) continue;
    checked += 1;
    const name = nameOf(license, model);
    const left = unknown.get(name) ?? 0;
    if (left === 0) broken.push(`${id}: charged, and no client can have asked for it (${name})`);
    unknown.set(name, left - 1);
  }
  const promise = 'every other charge is a call whose client could not see how it ended';
  return { promise, checked, broken };
}

function checkPending({ holds }: Evidence): Finding {
  const broken = holds
    .filter(({ state }) => state === 'pending')
    .map(({ id }) => `${id}: still pending`);
  const promise = 'nothing is held 30 s after its lease, whoever was killed';
  return { promise, checked: holds.length, broken };
}

function checkUpstream({ served }: Evidence, holds: Map<string, Hold>): Finding {
  const broken: string[] = [];
  const calls = new Map<string, number>();
  const answered = new Set<string>();
  for (const { holdId, outcome, stream } of served) {
    const id = holdId ?? 'no id';
    if (!holds.has(id)) broken.push(`${id}: the upstream was called without a hold`);
    calls.set(id, (calls.get(id) ?? 0) + 1);
    if (ANSWERS.test(outcome) || (stream && outcome === HALF)) answered.add(id);
  }
  for (const [id, count] of calls) {
    if (count > MOST_CALLS) broken.push(`${id}: the upstream was called ${count} times`);
  }
  for (const { id, state } of holds.values()) {
    if (state === 'posted' && !answered.has(id)) {
      broken.push(`${id}: charged, but the upstream did not answer it`);
    }
  }
  const promise =
    'no upstream call without a hold, two at most for one, no charge without an answer';
  return { promise, checked: served.length, broken };
}

/** What the service tells holders at the end must agree with the holds. */
function checkTold({ told, holds }: Evidence): Finding {
  const broken: string[] = [];
  let checked = 0;
  for (const [license, { shown, requests }] of told) {
    const own = holds.filter(hold => hold.license === license);
    const states = new Map(own.map(hold => [hold.id, hold.state]));
    for (const [provider, { used }] of Object.entries(shown)) {
      const posted = own.filter(hold => hold.provider === provider && hold.state === 'posted');
      const sum = posted.reduce((total, hold) => total + hold.units, 0);
      checked += 1;
      if (used !== sum) broken.push(`${license} ${provider}: told ${used}, charged ${sum}`);
    }
    for (const { id, outcome } of requests) {
      checked += 1;
      const state = states.get(id);
      if (state !== outcome) broken.push(`${id}: told ${outcome}, but it is ${state}`);
    }
    const newest = [...states.keys()].slice(-requests.length);
    if (requests.length > 0 && newest.length !== new Set(requests.map(({ id }) => id)).size) {
      broken.push(`${license}: told of ${requests.length} requests, of ${own.length}`);
    }
  }
  const promise = 'balance and list of requests, asked for at the end, are exact';
  return { promise, checked, broken };
}
