// Checks that the secrets are those that the database's rows were made with. With others every license key
// would be unknown, and none could be shown again.

import { createHmac } from 'node:crypto';
import type { Queryable } from '../database/queries.js';
import type { KeptSecrets } from './developmentSecrets.js';
import { createKeyVault } from './keyVault.js';

type Secrets = Pick<KeptSecrets, 'keyPepper' | 'keyEncryptionKey'>;

/** The names of the environment variables. */
const NAMES = { KEY_PEPPER: 'keyPepper', KEY_ENCRYPTION_KEY: 'keyEncryptionKey' } as const;
type Name = keyof typeof NAMES;

/** Returns the names of secrets that have changed. Remembers those that it sees for the first time. */
export async function changedSecrets(db: Queryable, secrets: Secrets): Promise<Name[]> {
  const names = Object.keys(NAMES) as Name[];
  const stored = await readFingerprints(db);
  const fresh = names.filter(name => !stored.has(name));
  const refused = fresh.length > 0 ? await refusedByKeys(db, secrets) : [];
  for (const name of names) {
    const isToKeep = stored.get(name) === '' || (fresh.includes(name) && !refused.includes(name));
    if (isToKeep) await keep(db, name, fingerprintOf(name, secrets));
  }
  // Read again: if replicas start together, another one may have written first.
  const kept = await readFingerprints(db);
  return names.filter(name => kept.get(name) !== fingerprintOf(name, secrets));
}

/** The same, and remembers nothing. */
export async function differingSecrets(db: Queryable, secrets: Secrets): Promise<Name[]> {
  const stored = await readFingerprints(db);
  const names = Object.keys(NAMES) as Name[];
  return names.filter(name => {
    const kept = stored.get(name);
    return kept !== undefined && kept !== '' && kept !== fingerprintOf(name, secrets);
  });
}

function fingerprintOf(name: Name, secrets: Secrets): string {
  return createHmac('sha256', secrets[NAMES[name]]).update(`fingerprint of ${name}`).digest('hex');
}

async function readFingerprints(db: Queryable): Promise<Map<string, string>> {
  const rows = await db.$queryRaw<Array<{ name: string; fingerprint: string }>>`
    SELECT name, fingerprint FROM secret_fingerprint`;
  return new Map(rows.map(({ name, fingerprint }) => [name, fingerprint]));
}

async function keep(db: Queryable, name: Name, fingerprint: string): Promise<void> {
  await db.$executeRaw`
    INSERT INTO secret_fingerprint (name, fingerprint) VALUES (${name}, ${fingerprint})
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint
      WHERE secret_fingerprint.fingerprint = ''`;
}

/** For a database older than the fingerprints: tests the secrets on a license key. */
async function refusedByKeys(db: Queryable, secrets: Secrets): Promise<Name[]> {
  const [row] = await db.$queryRaw<Array<{ id: string; digest: Uint8Array; sealed: Uint8Array }>>`
    SELECT id::text, digest, sealed FROM license_key ORDER BY created_at DESC LIMIT 1`;
  if (!row) return [];
  const encryptionKey = Buffer.from(secrets.keyEncryptionKey, 'base64');
  const vault = createKeyVault({ pepper: secrets.keyPepper, encryptionKey });
  try {
    const key = vault.open(row.sealed, row.id);
    return Buffer.from(vault.digest(key)).equals(Buffer.from(row.digest)) ? [] : ['KEY_PEPPER'];
  } catch {
    // The pepper cannot be tested without the right encryption key. It is tested once that one is right.
    return ['KEY_ENCRYPTION_KEY', 'KEY_PEPPER'];
  }
}
