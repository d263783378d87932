// Prints the result of a run: a table, and where to look if something is wrong.

import type { Finding } from './checks/finding.js';
import type { Run } from './run.js';

const MOST_NAMED = 10;

export const isBroken = ({ broken }: Finding) => broken.length > 0;

export function report({ findings, faults, history, lastedMs }: Run): string {
  const outcomes = new Map<string, number>();
  for (const { outcome } of history.calls) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const checked = Math.max(...findings.map(finding => String(finding.checked).length));
  const rows = findings.flatMap(finding => [
    `  ${finding.broken.length > 0 ? 'BROKEN' : 'held  '}  ${String(finding.checked).padStart(checked)}  ${finding.promise}`,
    ...named(finding.broken).map(line => `            ${line}`),
  ]);
  return [
    `${Math.round(lastedMs / 1_000)} s of chaos; ${history.calls.length} calls (${list(outcomes)})`,
    `faults: ${list(faults) || 'none'}`,
    '',
    `  result  ${'checked'.padStart(checked)}  promise`,
    ...rows,
    '',
  ].join('\n');
}

function named(broken: string[]): string[] {
  const more = broken.length - MOST_NAMED;
  return [...broken.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])];
}

function list(counts: Map<string, number>): string {
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
