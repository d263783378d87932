// The query and the rows of a usage report on the wire.

import { DAY_EXPECTED, isDay } from '../../domain/instant.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { UsageQuery, UsageRow } from '../../store/reports/usageReport.js';
import type { UsageRowWire } from '../wire.js';

const GROUPS = ['day', 'model', 'provider'] as const satisfies ReadonlyArray<UsageQuery['group']>;
const LONGEST_DAYS = 400;
const DAY_MS = 86_400_000;

export function parseUsageQuery(query: Record<string, unknown>): UsageQuery | Refusal {
  const { from, to, group = 'day' } = query;
  for (const [field, value] of Object.entries({ from, to })) {
    if (value !== undefined && dayOf(value) === null) return invalid(field, DAY_EXPECTED);
  }
  const known = GROUPS.find(one => one === group);
  if (!known) return invalid('group', GROUPS.join(' | '));
  const asked = { from: dayOf(from), to: dayOf(to), group: known };
  if (asked.from === null || asked.to === null) return asked;
  const days = (Date.parse(asked.to) - Date.parse(asked.from)) / DAY_MS;
  return days >= 0 && days < LONGEST_DAYS
    ? asked
    : invalid('from', `a day up to ${LONGEST_DAYS} days before "to"`);
}

function dayOf(value: unknown): string | null {
  return typeof value === 'string' && isDay(value) ? value : null;
}

function invalid(field: string, expected: string): Refusal {
  return refuse('invalid_request', 'field_invalid', { field, expected }, { field });
}

export function renderUsageRow(row: UsageRow): UsageRowWire {
  return {
    key: row.key,
    requests: row.requests,
    prompt_tokens: row.promptTokens,
    completion_tokens: row.completionTokens,
    cost_microusd: row.costMicrousd,
  };
}
