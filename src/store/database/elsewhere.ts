// Scripts of this folder, run in a process of their own.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StartError } from './startError.js';

/** Runs a script beside this file to its end; its memory ends with it. Throws what it said at last. */
export async function runElsewhere(script: string, words: string[]): Promise<void> {
  const path = fileURLToPath(new URL(`./${script}.js`, import.meta.url));
  try {
    await promisify(execFile)(process.execPath, [path, ...words]);
  } catch (error) {
    const { stderr, signal } = error as { stderr?: string; signal?: string };
    const said = stderr?.trim() || `it was ended by ${signal ?? 'nobody knows whom'}`;
    throw new StartError(said, { cause: error });
  }
}
