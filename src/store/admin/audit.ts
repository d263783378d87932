// The audit log: every change, with who made it, from where, and the state before and after. Written in the
// change's own transaction, and never updated.

import type { AuditedAction } from '../../domain/auditedAction.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import type { Prisma, PrismaClient } from '../generated/client.js';

/** Who makes a change. */
export interface Actor {
  /** Null where no administrator is behind the change: a job, a shop, the first start. */
  administratorId: string | null;
  /** An e-mail address, or `system`. */
  name: string;
  /** The network address; empty where there is none. */
  address: string;
}

export const SYSTEM: Actor = { administratorId: null, name: 'system', address: '' };

/** Named as on the wire. Never a key, a digest, a password or a token. */
export type AuditedState = Prisma.InputJsonObject;

export interface Change {
  action: AuditedAction;
  /** `license:<id>`. Changes of a license's grants also have the license as their subject. */
  subject: string;
  before?: AuditedState;
  after?: AuditedState;
}

export async function writeAudit(
  transaction: Transaction,
  actor: Actor,
  change: Change,
): Promise<void> {
  const { administratorId, name, address } = actor;
  await transaction.auditEntry.create({
    data: { administratorId, actor: name, address, ...change },
    select: { id: true },
  });
}

/** For changes of many things at once, in one statement. */
export async function writeAudits(
  transaction: Transaction,
  { administratorId, name, address }: Actor,
  changes: Change[],
): Promise<void> {
  await transaction.auditEntry.createMany({
    data: changes.map(change => ({ administratorId, actor: name, address, ...change })),
  });
}

export function licenseSubject(licenseId: string): string {
  return `license:${licenseId}`;
}

/** For an act that changes no row. */
export function auditAlone(prisma: PrismaClient, actor: Actor, change: Change): Promise<void> {
  return inTransaction(prisma, transaction => writeAudit(transaction, actor, change));
}
