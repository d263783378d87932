import type { Config, Secrets } from '../config.js';
import type { Queryable } from '../store/database/queries.js';
import { StartError } from '../store/database/startError.js';
import { keptSecrets } from '../store/secrets/developmentSecrets.js';
import { changedSecrets } from '../store/secrets/secretFingerprints.js';

/** In production the configuration is only accepted with all of them. */
export async function completeSecrets({ secrets, dataDir }: Config): Promise<Secrets> {
  const { jwtSecret, keyPepper, keyEncryptionKey } = secrets;
  if (jwtSecret && keyPepper && keyEncryptionKey) {
    return { jwtSecret, keyPepper, keyEncryptionKey };
  }
  return { ...(await keptSecrets(dataDir)), ...secrets };
}

/**
 * Checks that the secrets are the ones that the database was used with. Where they are not, it throws
 * StartError in production, and returns their names otherwise.
 */
export async function checkSecrets(
  { isProduction }: Config,
  db: Queryable,
  secrets: Secrets,
): Promise<string[]> {
  const changed = await changedSecrets(db, secrets);
  if (changed.length > 0 && isProduction) throw new StartError(secretsAreOthers(changed));
  return changed;
}

/** The message at a start and at a restore. */
export function secretsAreOthers(names: string[]): string {
  return (
    `${names.join(' and ')}: not what the license keys of this database were made with. Every key would be ` +
    'refused, or none could be shown again. Put the old value back (without configuration it is in ' +
    'secrets.json of the old DATA_DIR); what to do where it is lost stands in docs/operations.md.'
  );
}
