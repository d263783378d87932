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
    ({ name, ok, says }) => `${ok ? 'ok   ' : 'WRONG'}  ${name.padEnd(width)}  ${says}`,
  );
  const wrong = findings.filter(({ ok }) => !ok).length;
  return [...lines, '', wrong === 0 ? 'All is well.' : `${wrong} to mend.`].join('\n');
}
