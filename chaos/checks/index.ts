import type { Evidence } from '../evidence.js';
import { checkCounters } from './counters.js';
import type { Finding } from './finding.js';
import { checkHolds } from './holds.js';
import { checkKeys } from './keys.js';
import { checkPurchases } from './purchases.js';
import { checkRepeats } from './repeats.js';
import { checkSecrets } from './secrets.js';
import { checkWallets } from './wallets.js';

/** Checks every promise. */
export async function checkAll(evidence: Evidence): Promise<Finding[]> {
  return [
    ...checkCounters(evidence),
    ...checkHolds(evidence),
    ...checkWallets(evidence),
    checkRepeats(evidence),
    checkKeys(evidence),
    ...checkPurchases(evidence),
    ...(await checkSecrets(evidence)),
    checkVerified(evidence),
    checkEnds(evidence),
  ];
}

function checkVerified({ verified, holds }: Evidence): Finding {
  const broken = verified.code === 0 ? [] : verified.output.trim().split('\n');
  return { promise: 'sahm verify finds the ledger clean', checked: holds.length, broken };
}

function checkEnds({ exitCodes }: Evidence): Finding {
  const broken = exitCodes.filter(code => code !== 0).map(code => `ended with ${code}`);
  return {
    promise: 'a replica that is told to stop ends in order',
    checked: exitCodes.length,
    broken,
  };
}
