// Notices of licenses and of what failed: finding, delivering, listing and redelivering them. Notices of suspensions and of
// changed entitlements are written with the change itself (changes.ts).

import { validate as isUuid } from 'uuid';
import { type DeliveryState, isForOperator, MOST_ATTEMPTS } from '../../domain/notice.js';
import type { Page } from '../../domain/page.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Actor, writeAudit } from '../admin/audit.js';
import { inBatches } from '../database/batches.js';
import { eachPart } from '../database/eachPart.js';
import type { Queryable } from '../database/queries.js';
import { inTransaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';
import { findUseNotices, type RetiringModel } from './allowances.js';
import { writeMailFailure } from './changes.js';
import {
  type DeliveryResult,
  type DueDelivery,
  dropMailsToNobody,
  dueReceivers,
  endAttempt,
  giveUpDisabled,
  type MailReceiver,
  type Receiver,
  restartDeliveries,
  takeDueDeliveries,
} from './deliveries.js';
import { writeExpiryNotices } from './expiring.js';
import { listNotices, type NoticeFilter, type NoticeView, readNotice } from './list.js';

export type {
  DeliveryResult,
  DueDelivery,
  MailReceiver,
  NoticeFilter,
  NoticeView,
  Receiver,
  RetiringModel,
};

export interface NoticeStore {
  /** Finds notices that are due by now; returns how many were new, by what they are about. */
  find(most: number): Promise<{ allowances: number; expiring: number }>;
  /** Receivers that have a delivery due now. */
  dueReceivers(): Promise<Receiver[]>;
  takeDue(receiver: Receiver, most: number): Promise<DueDelivery[]>;
  /** Ends deliveries that rested for three days because their endpoint is disabled; returns how many. */
  giveUpDisabled(most: number): Promise<number>;
  /** Returns the state after the attempt. `pending` means that it will be tried again. */
  endAttempt(due: DueDelivery, result: DeliveryResult): Promise<DeliveryState>;
  list(filter: NoticeFilter): Promise<Page<NoticeView>>;
  redeliver(id: string, by: Actor): Promise<{ kind: 'notice'; notice: NoticeView } | Refusal>;
  /** Removes notices that are too old to be told again; returns how many. */
  prune(most: number): Promise<number>;
}

const KEEP_DAYS = 400;

/**
 * `operatorEmail`: who is told by mail what concerns the operator; null: nobody. `retiring`: the models whose users
 * are told before their last day.
 */
export function createNoticeStore(
  prisma: PrismaClient,
  operatorEmail: string | null,
  retiring: () => RetiringModel[] = () => [],
): NoticeStore {
  return {
    find: most =>
      eachPart({
        allowances: () => findUseNotices(prisma, retiring()),
        expiring: () => writeExpiryNotices(prisma, most),
      }),
    async dueReceivers() {
      if (operatorEmail === null) await dropMailsToNobody(prisma);
      return dueReceivers(prisma);
    },
    takeDue: (receiver, most) => takeDueDeliveries(prisma, receiver, most, operatorEmail),
    giveUpDisabled: most => giveUpDisabled(prisma, most),
    endAttempt: (due, result) =>
      isGivenUpMail(due, result)
        ? inTransaction(prisma, async transaction => {
            await tellOfMail(transaction, due, result.error);
            return endAttempt(transaction, due, result);
          })
        : endAttempt(prisma, due, result),
    list: filter => listNotices(prisma, filter),
    async redeliver(id, by) {
      if (!isUuid(id)) return refuseUnknown();
      return inTransaction(prisma, async transaction => {
        const before = await readNotice(transaction, id);
        if (!before) return refuseUnknown();
        await restartDeliveries(transaction, id);
        const { kind, licenseId } = before;
        await writeAudit(transaction, by, {
          action: 'notice.redeliver',
          subject: `notice:${id}`,
          after: { kind, license: licenseId },
        });
        return { kind: 'notice', notice: (await readNotice(transaction, id)) as NoticeView };
      });
    },
    prune: most =>
      inBatches(
        most,
        limit => prisma.$executeRaw`
          DELETE FROM license_notice WHERE id = ANY (ARRAY(
            SELECT id FROM license_notice
            WHERE id < sahm_first_id(sahm_now() - ${KEEP_DAYS}::int * interval '1 day')
            ORDER BY id LIMIT ${limit}::int))`,
      ),
  };
}

/** A mail to a holder that is not tried again. */
function isGivenUpMail({ notice, endpoint, attempt }: DueDelivery, { delivered }: DeliveryResult) {
  return !delivered && !endpoint && attempt >= MOST_ATTEMPTS && !isForOperator(notice.kind);
}

async function tellOfMail(
  db: Queryable,
  { notice, mailTo, attempt: attempts }: DueDelivery,
  reason: string,
): Promise<void> {
  const { id, kind, licenseId } = notice;
  const mail = { id, kind, licenseId, email: mailTo?.email ?? '', shop: null, orderId: null };
  await writeMailFailure(db, { ...mail, attempts, isGivenUp: true }, reason);
}

function refuseUnknown(): Refusal {
  return refuse('not_found', 'not_found', { what: 'notice' });
}
