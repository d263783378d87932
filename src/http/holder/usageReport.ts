// The query of a usage report on the wire.

import { z } from 'zod';
import { USAGE_GROUPS } from '../../domain/reportGroups.js';
import { day, ranged } from '../kernel/inputForms.js';

const LONGEST_DAYS = 400;
const DAY_MS = 86_400_000;

export const holderUsageQuery = ranged({
  from: day,
  to: day,
  group: z.enum(USAGE_GROUPS, { error: USAGE_GROUPS.join(' | ') }).default('day'),
}).refine(({ from, to }) => !from || !to || daysBetween(from, to) < LONGEST_DAYS, {
  error: `a day up to ${LONGEST_DAYS} days before "to"`,
  path: ['from'],
});

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}
