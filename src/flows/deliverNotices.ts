// Delivers notices: by mail to the holder or the operator, and as signed webhooks.

import { isOptionalMail, type Notice, noticeBody } from '../domain/notice.js';
import { composeNotice, type NoticeMailSettings } from '../domain/noticeMail.js';
import type { Mailer } from '../outbound/mailer.js';
import type { WebhookSender } from '../outbound/webhookSender.js';
import type {
  DeliveryResult,
  DueDelivery,
  MailReceiver,
  NoticeStore,
  Receiver,
} from '../store/notices/index.js';
import type { Unsubscription } from '../store/notices/unsubscribeTokens.js';
import type { WebhookEndpointStore } from '../store/notices/webhookEndpoints.js';

export interface DeliverDeps {
  notices: Pick<NoticeStore, 'dueReceivers' | 'takeDue' | 'endAttempt' | 'giveUpDisabled'>;
  endpoints: Pick<WebhookEndpointStore, 'openSecret'>;
  sender: Pick<WebhookSender, 'send'>;
  mailer: Pick<Mailer, 'send'>;
  mailing: NoticeMailSettings & { unsubscribeLink(wanted: Unsubscription): string };
  /** Called for every attempt. */
  report(channel: 'mail' | 'webhook', outcome: AttemptOutcome): void;
}

/** `retried`: it failed and will be tried again. `failed`: it is given up. */
export type AttemptOutcome = 'delivered' | 'retried' | 'failed';

/** Deliveries to one receiver at the same time. */
const AT_ONCE = 4;

/**
 * Delivers at most `most` deliveries that are due; returns how many ended in which way. Receivers are served
 * side by side, so a receiver that hangs does not hold up the others.
 */
export async function deliverNotices(
  most: number,
  deps: DeliverDeps,
): Promise<Record<AttemptOutcome, number>> {
  const run = { left: most, ended: { delivered: 0, retried: 0, failed: 0 } };
  run.ended.failed += await giveUpDisabled(most, deps);
  const receivers = await deps.notices.dueReceivers();
  const lanes = await Promise.allSettled(receivers.map(receiver => deliverTo(receiver, run, deps)));
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  return run.ended;
}

interface Run {
  /** How many deliveries may still be taken, for all receivers together. */
  left: number;
  ended: Record<AttemptOutcome, number>;
}

/** If a receiver accepts none of a round, the rest waits for the next run, so that it costs one timeout a run. */
async function deliverTo(receiver: Receiver, run: Run, deps: DeliverDeps): Promise<void> {
  let isTaking: boolean;
  do {
    const most = Math.min(AT_ONCE, run.left);
    if (most === 0) return;
    run.left -= most;
    const due = await deps.notices.takeDue(receiver, most);
    run.left += most - due.length;
    const attempts = await Promise.all(due.map(each => deliver(each, deps)));
    for (const { outcome } of attempts) run.ended[outcome] += 1;
    isTaking = attempts.some(({ outcome, error }) => outcome === 'delivered' || refuses(error));
  } while (isTaking);
}

/** The mail server works, but refuses this one address or text. The next mail may still succeed. */
function refuses(error: string): boolean {
  return error === 'EENVELOPE' || error === 'EMESSAGE';
}

async function giveUpDisabled(most: number, deps: DeliverDeps): Promise<number> {
  const count = await deps.notices.giveUpDisabled(most);
  for (let told = 0; told < count; told++) deps.report('webhook', 'failed');
  return count;
}

async function deliver(due: DueDelivery, deps: DeliverDeps) {
  const result = await attempt(due, deps);
  const state = await deps.notices.endAttempt(due, result);
  const outcome: AttemptOutcome = state === 'pending' ? 'retried' : state;
  deps.report(due.endpoint ? 'webhook' : 'mail', outcome);
  return { outcome, error: result.error };
}

async function attempt(
  { notice, endpoint, mailTo }: DueDelivery,
  { endpoints, sender, mailer, mailing }: DeliverDeps,
): Promise<DeliveryResult> {
  try {
    if (!endpoint) {
      if (mailTo === null) return { delivered: false, status: null, error: 'no_address' };
      await mailer.send(composeNotice(notice, mailTo, settingsFor(notice, mailTo, mailing)));
      return { delivered: true, status: null, error: '' };
    }
    const secret = endpoints.openSecret(endpoint);
    const body = noticeBody(notice);
    return await sender.send({ url: endpoint.url, secret, eventId: notice.id, body });
  } catch (error) {
    // A mail server's message may contain more than should be shown, so only its code is kept.
    const { code } = Object(error) as { code?: unknown };
    return { delivered: false, status: null, error: typeof code === 'string' ? code : 'failed' };
  }
}

/** Each mail to a buyer has the link that switches its kind off. */
function settingsFor(
  { kind }: Notice,
  { accountId }: MailReceiver,
  mailing: DeliverDeps['mailing'],
): NoticeMailSettings {
  if (accountId === null || !isOptionalMail(kind)) return mailing;
  return { ...mailing, unsubscribeUrl: mailing.unsubscribeLink({ accountId, kind }) };
}
