import { useTexts } from '../../messages/useTexts.js';

const NAMES = {
  'license.issue': 'eventIssue',
  'license.purchase': 'eventPurchase',
  'license.change': 'eventChange',
  'license.undo': 'eventUndo',
  'license.suspend': 'eventSuspend',
  'license.reinstate': 'eventReinstate',
  'license.revoke': 'eventRevoke',
  'license.rotate': 'eventRotate',
  'license.reveal': 'eventReveal',
  'license.send-key': 'eventSendKey',
  'grant.give': 'eventGive',
  'grant.withdraw': 'eventWithdraw',
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
  'catalog.reload': 'eventCatalog',
} as const;

/** The event in words; its name if there are none. */
export function EventName({ name }: { name: string }) {
  const t = useTexts('admin');
  const [, text] = Object.entries(NAMES).find(([each]) => each === name) ?? [];
  return text ? t(text) : <bdi>{name}</bdi>;
}
