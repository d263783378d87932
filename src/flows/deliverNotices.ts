// Delivers the notices of licenses: by mail to the holder, and as signed webhooks.

import { noticeBody } from '../domain/notice.js';
import { composeLicenseNotice } from '../domain/noticeMail.js';
import type { Mailer } from '../store/mailer.js';
import type { DeliveryResult, DueDelivery, NoticeStore } from '../store/notices/index.js';
import type { WebhookEndpointStore } from '../store/webhookEndpoints.js';
import type { WebhookSender } from '../store/webhookSender.js';

export interface DeliverDeps {
  notices: Pick<NoticeStore, 'takeDue' | 'endAttempt'>;
  endpoints: Pick<WebhookEndpointStore, 'openSecret'>;
  sender: Pick<WebhookSender, 'send'>;
  mailer: Pick<Mailer, 'send'>;
  /** Told of every attempt. */
  report(channel: 'mail' | 'webhook', outcome: Outcome): void;
}

/** `retried`: it did not work this time. `failed`: it is given up. */
export type Outcome = 'delivered' | 'retried' | 'failed';

/** One that does not answer holds up so many others at most, for as long as its timeout. */
const AT_ONCE = 20;

/** Delivers what is due, at most so much; gives how many attempts ended how. */
export async function deliverNotices(
  most: number,
  deps: DeliverDeps,
): Promise<Record<Outcome, number>> {
  const ended = { delivered: 0, retried: 0, failed: 0 };
  for (let taken = 0; taken < most; ) {
    const due = await deps.notices.takeDue(Math.min(AT_ONCE, most - taken));
    if (due.length === 0) break;
    taken += due.length;
    for (const outcome of await Promise.all(due.map(each => deliver(each, deps)))) {
      ended[outcome] += 1;
    }
  }
  return ended;
}

async function deliver(due: DueDelivery, deps: DeliverDeps): Promise<Outcome> {
  const result = await attempt(due, deps);
  const state = await deps.notices.endAttempt(due, result);
  const outcome = state === 'pending' ? 'retried' : state;
  deps.report(due.endpoint ? 'webhook' : 'mail', outcome);
  return outcome;
}

async function attempt(
  { notice, endpoint }: DueDelivery,
  { endpoints, sender, mailer }: DeliverDeps,
): Promise<DeliveryResult> {
  try {
    if (!endpoint) {
      await mailer.send(composeLicenseNotice(notice));
      return { delivered: true, status: null, error: '' };
    }
    if (endpoint.disabled) return { delivered: false, status: null, error: 'endpoint_disabled' };
    const secret = endpoints.openSecret(endpoint);
    const body = noticeBody(notice);
    return await sender.send({ url: endpoint.url, secret, eventId: notice.id, body });
  } catch (error) {
    // A mail server's words may hold more than is to be shown: its code says enough.
    const { code } = Object(error) as { code?: unknown };
    return { delivered: false, status: null, error: typeof code === 'string' ? code : 'failed' };
  }
}
