// Checks calls with an Idempotency-Key. Each was sent several times to several replicas, and at the end again until its
// outcome was known.

import type { Evidence } from '../evidence.js';
import type { Call } from '../history.js';
import type { Finding } from './finding.js';

export function checkRepeats({ history, holds, cast }: Evidence): Finding {
  const broken: string[] = [];
  const byKey = new Map<string, Call[]>();
  for (const call of history.calls) {
    if (call.idempotencyKey === null) continue;
    byKey.set(call.idempotencyKey, [...(byKey.get(call.idempotencyKey) ?? []), call]);
  }
  const charged = new Map<string, number>();
  for (const [key, calls] of byKey) {
    const served = calls.filter(({ outcome }) => outcome === 'success');
    const first = served.filter(({ isReplay }) => !isReplay);
    if (first.length > 1) broken.push(`${key}: ${first.length} calls were served anew`);
    const answers = new Set(served.map(({ digest }) => digest));
    if (answers.size > 1) broken.push(`${key}: ${answers.size} different answers`);
    const isSpent = served.length > 0 || calls.some(({ code }) => code === 'conflict');
    const { license } = calls[0] as Call;
    if (isSpent) charged.set(license, (charged.get(license) ?? 0) + (calls[0] as Call).most);
  }
  for (const { id } of cast.once) {
    const posted = holds.filter(hold => hold.license === id && hold.state === 'posted');
    const units = posted.reduce((sum, hold) => sum + hold.units, 0);
    const expected = charged.get(id) ?? 0;
    if (units !== expected) {
      broken.push(`${id}: ${units} units charged, ${expected} by the keys that were served`);
    }
  }
  const promise = 'an Idempotency-Key has one charge and one answer, however often it comes';
  return { promise, checked: byKey.size, broken };
}
