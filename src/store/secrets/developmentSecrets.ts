// In development, missing secrets are created once and kept, so that keys issued yesterday work today.

import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSecret } from './randomSecret.js';

export interface KeptSecrets {
  jwtSecret: string;
  keyPepper: string;
  /** 32 bytes in base64. */
  keyEncryptionKey: string;
}

/** Readable only by its owner; never overwrites an existing file. */
const KEPT = { mode: 0o600, flag: 'wx' };

/** The secrets in `dataDir`/secrets.json (mode 600), which is created if it does not exist. */
export async function keptSecrets(dataDir: string): Promise<KeptSecrets> {
  const file = join(dataDir, 'secrets.json');
  await mkdir(dataDir, { recursive: true });
  const made: KeptSecrets = {
    jwtSecret: newSecret(),
    keyPepper: newSecret(),
    keyEncryptionKey: randomBytes(32).toString('base64'),
  };
  const text = `${JSON.stringify(made, null, 2)}\n`;
  // If processes start together, one creates the file and all read the same. The file appears complete, even
  // to a process that starts at that moment, and even if this one is killed half-way.
  const aside = `${file}.${randomUUID()}`;
  try {
    await writeFile(aside, text, KEPT);
    await link(aside, file);
  } catch (error) {
    // On a file system without hard links, the file may briefly look empty.
    if (!isThere(error)) await writeFile(file, text, KEPT).catch(rethrowUnlessThere);
  } finally {
    await rm(aside, { force: true });
  }
  return JSON.parse(await readFile(file, 'utf8')) as KeptSecrets;
}

function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

function rethrowUnlessThere(error: unknown): void {
  if (!isThere(error)) throw error;
}
