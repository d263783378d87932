import { useTexts } from '../../messages/useTexts.js';

const NAMES = {
  'license.issue': 'eventIssue',
  'license.purchase': 'eventPurchase',
  'license.change': 'eventChange',
  'license.undo': 'eventUndo',
  'license.bulk': 'eventBulk',
  'license.suspend': 'eventSuspend',
  'license.reinstate': 'eventReinstate',
  'license.revoke': 'eventRevoke',
  'license.expire': 'eventExpire',
  'license.plan-ended': 'eventPlanEnded',
  'license.limits-ended': 'eventLimitsEnded',
  'license.rotate': 'eventRotate',
  'license.reveal': 'eventReveal',
  'license.send-key': 'eventSendKey',
  'key.create': 'eventKeyMade',
  'key.change': 'eventKeyChanged',
  'key.rotate': 'eventKeyReplaced',
  'key.withdraw': 'eventKeyWithdrawn',
  'grant.give': 'eventGive',
  'grant.withdraw': 'eventWithdraw',
  'grant.ended': 'eventGrantEnded',
  'month.closed': 'eventMonth',
  'purchase.bought': 'eventBought',
  'purchase.renewed': 'eventRenewed',
  'purchase.refunded': 'eventRefunded',
  'purchase.cancelled': 'eventCancelled',
  'purchase.failed': 'eventPurchaseFailed',
  'mail.failed': 'eventMailFailed',
  'code.create': 'eventCodes',
  'code.withdraw': 'eventCodeWithdrawn',
  'code.redeem': 'eventRedeemed',
  'purchase.assign': 'eventAssigned',
  'purchase.settle': 'eventSettled',
  'administrator.create': 'eventAdministrator',
  'administrator.change': 'eventAdministratorChanged',
  'administrator.own-password': 'eventOwnPassword',
  'administrator.second-factor': 'eventSecondFactor',
  'token.create': 'eventToken',
  'token.revoke': 'eventTokenRevoked',
  'webhook_endpoint.create': 'eventWebhook',
  'webhook_endpoint.change': 'eventWebhookChanged',
  'webhook_endpoint.remove': 'eventWebhookRemoved',
  'notice.redeliver': 'eventRedelivered',
  'catalog.reload': 'eventCatalog',
  'backup.make': 'eventBackup',
} as const;

/** Says an event in words; its name if there are none. */
export function useEventName(): (name: string) => string {
  const t = useTexts('admin');
  return name => {
    const [, text] = Object.entries(NAMES).find(([each]) => each === name) ?? [];
    return text ? t(text) : name;
  };
}

export function EventName({ name }: { name: string }) {
  return <bdi>{useEventName()(name)}</bdi>;
}
