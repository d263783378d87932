// The query of a usage report on the wire.

import { z } from 'zod';
import { DAY_EXPECTED, isDay } from '../../domain/instant.js';
import { type Refusal, refuseField } from '../../domain/refusal.js';
import type { UsageQuery } from '../../store/reports/usageReport.js';

const GROUPS = ['day', 'model', 'provider', 'key', 'user'] as const satisfies ReadonlyArray<
  UsageQuery['group']
>;
const LONGEST_DAYS = 400;
const DAY_MS = 86_400_000;

/** `parseUsageQuery` checks all fields together. */
export const holderUsageQuery = z.looseObject({
  from: z.unknown().optional(),
  to: z.unknown().optional(),
  group: z.unknown().optional(),
});

export function parseUsageQuery(query: Record<string, unknown>): UsageQuery | Refusal {
  const { from, to, group = 'day' } = query;
  for (const [field, value] of Object.entries({ from, to })) {
    if (value !== undefined && dayOf(value) === null) return refuseField(field, DAY_EXPECTED);
  }
  const known = GROUPS.find(one => one === group);
  if (!known) return refuseField('group', GROUPS.join(' | '));
  const asked = { from: dayOf(from), to: dayOf(to), group: known };
  if (asked.from === null || asked.to === null) return asked;
  const days = (Date.parse(asked.to) - Date.parse(asked.from)) / DAY_MS;
  return days >= 0 && days < LONGEST_DAYS
    ? asked
    : refuseField('from', `a day up to ${LONGEST_DAYS} days before "to"`);
}

function dayOf(value: unknown): string | null {
  return typeof value === 'string' && isDay(value) ? value : null;
}
