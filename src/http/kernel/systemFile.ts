import { readFileSync } from 'node:fs';

/** What the system tells in a file of /proc; empty if it has no such file. */
export function readSystemFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
