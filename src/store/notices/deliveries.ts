// The deliveries that are due, which process has taken them, and how they ended. A notice is delivered at
// least once: if a process dies between sending it and recording that, another process sends it again.

import type { Language } from '../../domain/language.js';
import {
  type DeliveryState,
  isForOperator,
  MOST_ATTEMPTS,
  type Notice,
  OPERATOR_KINDS,
} from '../../domain/notice.js';
import { cleanText } from '../../domain/wellFormed.js';
import { millisecondsSql } from '../database/instants.js';
import type { Queryable } from '../database/queries.js';
import { Prisma } from '../generated/client.js';

export interface DueDelivery {
  id: string;
  /** The number of this attempt, from 1. */
  attempt: number;
  notice: Notice;
  /** Null: it goes by mail. */
  endpoint: { id: string; url: string; sealed: Uint8Array } | null;
  /** The receiver of a mail: the license's account, or the operator. Null if there is no address. */
  mailTo: MailReceiver | null;
}

/** The operator's mails come from no account, and say what each language says. */
export interface MailReceiver {
  email: string;
  language: Language | null;
  accountId: string | null;
}

/** The id of a webhook endpoint; null: by mail. */
export type Receiver = string | null;

export interface DeliveryResult {
  delivered: boolean;
  /** The status of the HTTP answer. */
  status: number | null;
  /** Empty where it was delivered. Never contains a URL or a secret. */
  error: string;
}

interface DueRow {
  id: string;
  attempts: number;
  notice_id: string;
  kind: string;
  license_id: string | null;
  details: object;
  occurred_at: number;
  email: string | null;
  language: Language | null;
  account_id: string | null;
  endpoint_id: string | null;
  url: string;
  sealed: Uint8Array;
}

/** Receivers that have something due. Deliveries to a disabled endpoint rest, and use up no attempts. */
export async function dueReceivers(db: Queryable): Promise<Receiver[]> {
  const rows = await db.$queryRaw<Array<{ receiver: Receiver }>>`
    SELECT DISTINCT due.endpoint_id::text AS receiver FROM notice_delivery due
    LEFT JOIN webhook_endpoint endpoint ON endpoint.id = due.endpoint_id
    WHERE due.state = 'pending' AND due.due_at <= sahm_now() AND endpoint.disabled IS NOT TRUE`;
  return rows.map(row => row.receiver);
}

/** Gives up deliveries that rested for as long as attempts would have taken; returns how many. */
export function giveUpDisabled(db: Queryable, most: number): Promise<number> {
  return db.$executeRaw`
    UPDATE notice_delivery SET state = 'failed', status = NULL, error = 'endpoint_disabled',
      ended_at = sahm_now()
    WHERE id = ANY (ARRAY(
      SELECT due.id FROM notice_delivery due JOIN webhook_endpoint endpoint
        ON endpoint.id = due.endpoint_id AND endpoint.disabled
      WHERE due.state = 'pending' AND due.due_at <= sahm_now() - interval '3 days'
      ORDER BY due.due_at LIMIT ${most}::int FOR UPDATE OF due SKIP LOCKED))`;
}

/** Without an address of the operator, there is no mail to the operator. */
export async function dropMailsToNobody(db: Queryable): Promise<void> {
  await db.$executeRaw`
    DELETE FROM notice_delivery due USING license_notice told
    WHERE told.id = due.notice_id AND due.endpoint_id IS NULL AND due.state = 'pending'
      AND due.due_at <= sahm_now() AND told.kind = ANY (${[...OPERATOR_KINDS]}::text[])`;
}

/** Takes them for five minutes. If this process dies, another one delivers them after that. */
export async function takeDueDeliveries(
  db: Queryable,
  receiver: Receiver,
  most: number,
  operatorEmail: string | null,
): Promise<DueDelivery[]> {
  const rows = await db.$queryRaw<DueRow[]>`
WITH taken AS (
  UPDATE notice_delivery SET attempts = attempts + 1, due_at = sahm_now() + interval '5 minutes'
  WHERE id = ANY (ARRAY(
    SELECT id FROM notice_delivery WHERE state = 'pending' AND due_at <= sahm_now()
      AND endpoint_id IS NOT DISTINCT FROM ${receiver}::uuid
      AND NOT EXISTS (SELECT FROM webhook_endpoint endpoint
        WHERE endpoint.id = endpoint_id AND endpoint.disabled)
    ORDER BY due_at LIMIT ${most}::int FOR UPDATE SKIP LOCKED))
  RETURNING id, attempts, notice_id, endpoint_id
)
SELECT taken.*, told.kind, told.license_id, told.details, account.email,
  account.language, account.id AS account_id,
  ${millisecondsSql(Prisma.sql`told.created_at`)} AS occurred_at,
  endpoint.url, endpoint.sealed
FROM taken JOIN license_notice told ON told.id = taken.notice_id
LEFT JOIN license ON license.id = told.license_id
LEFT JOIN account ON account.id = license.account_id
LEFT JOIN webhook_endpoint endpoint ON endpoint.id = taken.endpoint_id`;
  return rows.map(row => dueOf(row, operatorEmail));
}

function dueOf(row: DueRow, operatorEmail: string | null): DueDelivery {
  const { id, attempts: attempt, email, language, kind, details, url, sealed } = row;
  const { notice_id, occurred_at, license_id: licenseId, endpoint_id } = row;
  const occurredAt = new Date(occurred_at);
  const notice = { id: notice_id, kind, occurredAt, licenseId, email, details } as Notice;
  const mailTo = isForOperator(kind)
    ? operatorEmail && { email: operatorEmail, language: null, accountId: null }
    : email && { email, language, accountId: row.account_id };
  const endpoint = endpoint_id === null ? null : { id: endpoint_id, url, sealed };
  return { id, attempt, notice, endpoint, mailTo: mailTo || null };
}

/**
 * Records how an attempt ended; returns the delivery's state after it. The next attempt follows after 1, 3, 9
 * ... minutes, at most after 12 hours; the last one comes about three days after the first. The result of an
 * attempt is ignored if a later attempt has begun.
 */
export async function endAttempt(
  db: Queryable,
  { id, attempt }: Pick<DueDelivery, 'id' | 'attempt'>,
  { delivered, status, error }: DeliveryResult,
): Promise<DeliveryState> {
  const state = delivered ? 'delivered' : attempt < MOST_ATTEMPTS ? 'pending' : 'failed';
  await db.$executeRaw`
    UPDATE notice_delivery SET state = ${state}, status = ${status}::int, error = ${cleanText(error, 200)},
      due_at = sahm_now() + least(720, 3 ^ (${attempt}::int - 1)) * interval '1 minute',
      ended_at = CASE WHEN ${state} <> 'pending' THEN sahm_now() END
    WHERE id = ${id}::uuid AND attempts = ${attempt}::int AND state = 'pending'`;
  return state;
}

/**
 * Delivers a notice again, beginning with a first attempt. It goes to every endpoint that listens to its kind
 * now, which recognises it by its id. It goes by mail only where that failed, because people cannot recognise
 * a repetition.
 */
export async function restartDeliveries(db: Queryable, noticeId: string): Promise<void> {
  const restart = Prisma.sql`state = 'pending', attempts = 0, status = NULL, error = '',
    due_at = sahm_now(), ended_at = NULL`;
  await db.$executeRaw`
    INSERT INTO notice_delivery (notice_id, endpoint_id)
    SELECT told.id, listening.id FROM license_notice told JOIN (
      SELECT id, kinds FROM webhook_endpoint WHERE NOT disabled FOR KEY SHARE) listening
      ON listening.kinds = '{}' OR told.kind = ANY (listening.kinds)
    WHERE told.id = ${noticeId}::uuid
    ON CONFLICT (notice_id, endpoint_id) DO UPDATE SET ${restart}`;
  await db.$executeRaw`
    UPDATE notice_delivery SET ${restart}
    WHERE notice_id = ${noticeId}::uuid AND endpoint_id IS NULL AND state = 'failed'`;
}
