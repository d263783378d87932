// After the answer that confirms the withdrawal of a key, no replica may serve it.

import type { Evidence } from '../evidence.js';
import type { Finding } from './finding.js';

/** The database and this process use the same clock, but round its instants differently. */
const CUT_OFF_MS = 2;

export function checkKeys({ history, holds }: Evidence): Finding {
  const broken: string[] = [];
  for (const ban of history.bans) {
    const what = ban.key === null ? 'suspended' : 'rotated';
    for (const call of history.calls) {
      if (call.license !== ban.license || (ban.key !== null && call.key !== ban.key)) continue;
      const isWithin = call.begun > ban.from && call.ended < ban.until;
      if (isWithin && call.outcome === 'success') {
        broken.push(`${call.id}: served with a key that had been ${what}`);
      }
    }
    if (ban.key !== null) continue;
    for (const { id, license, createdAtMs } of holds) {
      if (license !== ban.license) continue;
      if (createdAtMs > ban.fromMs + CUT_OFF_MS && createdAtMs < ban.untilMs - CUT_OFF_MS) {
        broken.push(`${id}: held while the license was suspended`);
      }
    }
  }
  const promise = 'a key that was suspended or rotated is served by no replica from that answer on';
  return { promise, checked: history.bans.length, broken };
}
