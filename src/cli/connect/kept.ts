// Keeps a client's configuration from before it was connected, for undo. It may contain keys, so only its owner can
// read it.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Kept {
  file: string;
  /** Null if there was no such file. */
  before: string | null;
  /** The text that replaced it. */
  after: string;
}

const pathOf = (home: string, client: string) =>
  join(home, '.config', 'sahm', `connect-${client}.json`);

export async function readKept(home: string, client: string): Promise<Kept | null> {
  const text = await readText(pathOf(home, client));
  return text === null ? null : (JSON.parse(text) as Kept);
}

/** After several connections, it is the text before the first of them. */
export async function keep(home: string, client: string, kept: Kept): Promise<void> {
  const { before = kept.before } = (await readKept(home, client)) ?? {};
  await writePrivate(pathOf(home, client), JSON.stringify({ ...kept, before }));
}

export function forget(home: string, client: string): Promise<void> {
  return rm(pathOf(home, client), { force: true });
}

/** Null if there is no such file. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o600 });
}
