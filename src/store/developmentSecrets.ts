// In development, missing secrets are made once and kept, so that keys issued yesterday work today.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface KeptSecrets {
  jwtSecret: string;
  keyPepper: string;
  /** 32 bytes in base64. */
  keyEncryptionKey: string;
}

/** The secrets in `dataDir`/secrets.json (mode 600), made when the file is not there. */
export async function keptSecrets(dataDir: string): Promise<KeptSecrets> {
  const file = join(dataDir, 'secrets.json');
  await mkdir(dataDir, { recursive: true });
  const made: KeptSecrets = {
    jwtSecret: randomBytes(32).toString('base64url'),
    keyPepper: randomBytes(32).toString('base64url'),
    keyEncryptionKey: randomBytes(32).toString('base64'),
  };
  try {
    // `wx`: of two processes that start together one writes, and both read the same.
    await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return JSON.parse(await readFile(file, 'utf8')) as KeptSecrets;
}
