// Runs a program to its end, with all that it says.

import { spawn } from 'node:child_process';

const ENDS_WITHIN_MS = 180_000;

export interface Ended {
  /** Null if it had to be stopped. */
  code: number | null;
  output: string;
  seconds: number;
}

export function runProgram(
  [program, ...args]: string[],
  cwd: string,
  environment: Record<string, string>,
): Promise<Ended> {
  const { PATH = '' } = process.env;
  const begunAtMs = performance.now();
  // In a process group of its own, because some programs are scripts that start the real one.
  const child = spawn(program as string, args, {
    cwd,
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  const stop = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), ENDS_WITHIN_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', code => {
      clearTimeout(stop);
      const seconds = Math.round((performance.now() - begunAtMs) / 1_000);
      resolve({ code, output, seconds });
    });
  });
}
