// `sahm doctor`: on the machine itself, with the service's environment; the server may run.

import { examine, type Finding } from '../doctor/index.js';
import { EXIT, type ExitCode } from './exitCodes.js';

export async function runDoctor(isJson: boolean): Promise<ExitCode> {
  const findings = await examine();
  const isWell = findings.every(({ ok }) => ok);
  console.log(
    isJson ? JSON.stringify({ ok: isWell, checks: findings }, null, 2) : textOf(findings),
  );
  return isWell ? EXIT.done : EXIT.notWell;
}

function textOf(findings: Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(
    finding => `${levelOf(finding)}  ${finding.name.padEnd(width)}  ${finding.says}`,
  );
  return [...lines, '', summaryOf(findings)].join('\n');
}

function levelOf({ ok, warning }: Finding): string {
  return ok ? (warning ? 'warn ' : 'ok   ') : 'WRONG';
}

function summaryOf(findings: Finding[]): string {
  const wrong = findings.filter(({ ok }) => !ok).length;
  const warnings = findings.filter(({ warning }) => warning).length;
  const warned = warnings === 1 ? '1 warning' : `${warnings} warnings`;
  if (wrong > 0) return warnings > 0 ? `${wrong} to fix, ${warned}.` : `${wrong} to fix.`;
  return warnings > 0 ? `Nothing to fix, but ${warned}.` : 'All is well.';
}
