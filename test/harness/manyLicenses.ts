import { v7 as uuidv7 } from 'uuid';
import type { PrismaClient } from '../../src/store/generated/client.js';

export interface BareLicense {
  licenseId: string;
  keyId: string;
}

export function newLicenses(count: number): BareLicense[] {
  return Array.from({ length: count }, () => ({ licenseId: uuidv7(), keyId: uuidv7() }));
}

/** Writes active licenses of one account, with keys that open nothing: for the ledger alone. */
export async function writeLicenses(
  prisma: PrismaClient,
  plan: string,
  licenses: BareLicense[],
): Promise<void> {
  const accountId = uuidv7();
  await prisma.account.create({ data: { id: accountId, email: `${accountId}@example.com` } });
  await prisma.license.createMany({
    data: licenses.map(({ licenseId }) => ({ id: licenseId, accountId, plan, state: 'active' })),
  });
  await prisma.licenseKey.createMany({
    data: licenses.map(({ licenseId, keyId }) => ({
      id: keyId,
      licenseId,
      digest: Buffer.from(keyId),
      sealed: Buffer.from(''),
      prefix: 'sahm_live_',
      last4: 'aaaa',
    })),
  });
}
