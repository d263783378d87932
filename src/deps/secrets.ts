import type { Config, Secrets } from '../config.js';
import { keptSecrets } from '../store/developmentSecrets.js';

/** In production the configuration has all of them, or it would not have been accepted. */
export async function completeSecrets({ secrets, dataDir }: Config): Promise<Secrets> {
  const { jwtSecret, keyPepper, keyEncryptionKey } = secrets;
  if (jwtSecret && keyPepper && keyEncryptionKey) {
    return { jwtSecret, keyPepper, keyEncryptionKey };
  }
  return { ...(await keptSecrets(dataDir)), ...secrets };
}
