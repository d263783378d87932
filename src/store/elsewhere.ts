// Scripts of this folder, run in a process of their own.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Runs a script beside this file to its end; its memory ends with it. What is secret goes as input. */
export async function runElsewhere(script: string, words: string[], input = ''): Promise<void> {
  const path = fileURLToPath(new URL(`./${script}.js`, import.meta.url));
  const running = promisify(execFile)(process.execPath, [path, ...words]);
  running.child.stdin?.end(input);
  await running;
}
