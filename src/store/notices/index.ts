// The notices of licenses: found, delivered, shown, delivered again. Those of a suspension and of what a
// license is entitled to are written with the change itself (changes.ts).

import { validate as isUuid } from 'uuid';
import type { DeliveryState } from '../../domain/notice.js';
import type { Page } from '../../domain/page.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Actor, writeAudit } from '../admin/audit.js';
import { inBatches } from '../database/batches.js';
import { eachPart } from '../database/eachPart.js';
import { inTransaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';
import { lookAtHolds } from './allowances.js';
import {
  type DeliveryResult,
  type DueDelivery,
  dueReceivers,
  endAttempt,
  giveUpDisabled,
  type Receiver,
  restartDeliveries,
  takeDueDeliveries,
} from './deliveries.js';
import { noticeExpiring } from './expiring.js';
import { listNotices, type NoticeFilter, type NoticeView, readNotice } from './list.js';

export type { DeliveryResult, DueDelivery, NoticeFilter, NoticeView, Receiver };

export interface NoticeStore {
  /** Finds what is to be told by now; gives how many notices were new, by what they are about. */
  find(most: number): Promise<{ allowances: number; expiring: number }>;
  /** To whom something is due now. */
  dueReceivers(): Promise<Receiver[]>;
  takeDue(receiver: Receiver, most: number): Promise<DueDelivery[]>;
  /** Ends what rested for three days because its endpoint is disabled; gives how many. */
  giveUpDisabled(most: number): Promise<number>;
  /** Gives the state after it: `pending` where it is tried again. */
  endAttempt(due: DueDelivery, result: DeliveryResult): Promise<DeliveryState>;
  list(filter: NoticeFilter): Promise<Page<NoticeView>>;
  redeliver(id: string, by: Actor): Promise<{ kind: 'notice'; notice: NoticeView } | Refusal>;
  /** Removes notices that are older than anything that they could be told of again; gives how many. */
  prune(most: number): Promise<number>;
}

const KEEP_DAYS = 400;

export function createNoticeStore(prisma: PrismaClient): NoticeStore {
  return {
    find: most =>
      eachPart({
        allowances: () => lookAtHolds(prisma),
        expiring: () => noticeExpiring(prisma, most),
      }),
    dueReceivers: () => dueReceivers(prisma),
    takeDue: (receiver, most) => takeDueDeliveries(prisma, receiver, most),
    giveUpDisabled: most => giveUpDisabled(prisma, most),
    endAttempt: (due, result) => endAttempt(prisma, due, result),
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

function refuseUnknown(): Refusal {
  return refuse('not_found', 'not_found', { what: 'notice' });
}
