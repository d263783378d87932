// Runs scripts of this folder in a process of their own.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StartError } from './startError.js';

/** Runs a script in this folder to its end, so that its memory is freed. Throws the last that it printed. */
export async function runInChildProcess(script: string, words: string[]): Promise<void> {
  const path = fileURLToPath(new URL(`./${script}.js`, import.meta.url));
  try {
    await promisify(execFile)(process.execPath, [path, ...words]);
  } catch (error) {
    const { stderr, signal } = error as { stderr?: string; signal?: string };
    const said = stderr?.trim() || `it was ended by ${signal ?? 'nobody knows whom'}`;
    throw new StartError(said, { cause: error });
  }
}
