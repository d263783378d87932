// Tells one folder of generated files from another: a replica does not find what another wrote elsewhere.

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const NAME_FILE = 'folder-name';
const WRITING_MS = 200;

/** The name that the first who came here gave to the folder; null where nobody can write there. */
export async function nameOfMediaFolder(directory: string): Promise<string | null> {
  const file = join(directory, NAME_FILE);
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(file, randomUUID(), { flag: 'wx', mode: 0o600 }).catch(unlessThere);
    const name = await readFile(file, 'utf8');
    if (name !== '') return name;
    // Another process is about to write it.
    await sleep(WRITING_MS);
    return await readFile(file, 'utf8');
  } catch {
    return null;
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
