// Settling what more must be written of, in the same transaction: the reply that is kept for an
// Idempotency-Key, or another model than was asked for. Rare, and so not in batches.

import type { Usage } from '../../domain/quota.js';
import type { PrismaClient } from '../generated/client.js';
import { inTransaction, type Transaction } from '../transaction.js';
import type { ReplySeal } from './replySeal.js';
import { type SettleResult, type SettleWant, settleBatch } from './settle.js';

export interface KeptReply {
  licenseId: string;
  /** SHA-256 in hex. */
  keyDigest: string;
  /** The reply with these counters in it; null where it is not to be kept. */
  replyOf(usage: Usage): Uint8Array | null;
}

export function settleAlone(
  prisma: PrismaClient,
  want: SettleWant,
  kept: KeptReply | undefined,
  timeZone: string,
  seal: ReplySeal,
): Promise<SettleResult> {
  return inTransaction(prisma, async transaction => {
    const [settled] = await settleBatch(transaction, [want], timeZone);
    if (!settled) throw new Error('a settled hold without an answer');
    if (settled.kind !== 'ended') return settled;
    if (want.answeredBy !== undefined) {
      await transaction.$executeRaw`
        UPDATE hold SET model = ${want.answeredBy} WHERE id = ${want.holdId}::uuid`;
    }
    const reply = kept?.replyOf(settled.usage);
    if (kept && reply) await keep(transaction, want.holdId, kept, seal.close(reply, want.holdId));
    return settled;
  });
}

async function keep(
  transaction: Transaction,
  holdId: string,
  { licenseId, keyDigest }: KeptReply,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<void> {
  // Where the claim was pruned or taken by a later request, there is nothing to keep it for.
  await transaction.$executeRaw`
UPDATE idempotency_claim SET reply = ${sealed}
WHERE license_id = ${licenseId}::uuid AND key_digest = decode(${keyDigest}, 'hex')
  AND hold_id = ${holdId}::uuid`;
}
