// Makes the content of receipts and statements from the ledger.

import type { Spent } from '../../domain/receipt.js';
import { openingOf, RECEIPT_VERSION } from '../../domain/receipt.js';
import type { RequestView } from '../../store/reports/requestLog.js';
import type { StatementMonth } from '../../store/reports/statements.js';
import type { BalanceWire } from '../wire.js';
import type { ListedWire, MonthWire, ReceiptWire, StatementWire } from './wire.js';

export interface Issuer {
  /** The address of the service, and the shop's name if the operator set one. */
  url: string;
  name: string | null;
}

export type Ended = RequestView & { endedAt: Date; outcome: ReceiptWire['outcome'] };

/** Whether the request has ended, so that its cost is known. */
export function hasEnded(request: RequestView): request is Ended {
  return request.endedAt !== null && request.outcome !== 'pending';
}

export function renderReceipt(request: Ended, issuer: Issuer, showsCost: boolean): ReceiptWire {
  const { id, at, endedAt, outcome, reason, grant } = request;
  const { provider, model, ...spent } = spentOf(request, showsCost);
  return {
    version: RECEIPT_VERSION,
    issuer,
    license: request.licenseId,
    request_id: id,
    hold: id,
    period: request.period,
    at: at.toISOString(),
    ended_at: endedAt.toISOString(),
    provider,
    model,
    outcome,
    reason,
    ...spent,
    bucket: grant === null ? 'period' : 'grant',
    grant,
  };
}

export function renderListed(request: RequestView, showsCost: boolean): ListedWire {
  return {
    request_id: request.id,
    at: request.at.toISOString(),
    ...spentOf(request, showsCost),
  };
}

function spentOf(request: RequestView, showsCost: boolean): Spent {
  return {
    provider: request.provider,
    model: request.model,
    unit: request.unit ?? 'request',
    units: request.outcome === 'posted' ? request.units : 0,
    prompt_tokens: request.promptTokens,
    completion_tokens: request.completionTokens,
    ...(showsCost && { cost_microusd: request.costMicrousd }),
  };
}

export function renderMonth({ period, beginsAt, endsAt, isFinal }: StatementMonth): MonthWire {
  return {
    period,
    begins_at: beginsAt?.toISOString() ?? null,
    ends_at: endsAt.toISOString(),
    is_final: isFinal,
  };
}

/** The part of a statement that is known before its requests are read. */
export type Head = Omit<StatementWire, 'totals' | 'requests'>;

export function renderHead(about: {
  licenseId: string;
  month: StatementMonth;
  issuer: Issuer;
  timeZone: string;
  unit: StatementWire['unit'];
  balance: BalanceWire | null;
}): Head {
  const { licenseId, month, issuer, timeZone, unit, balance } = about;
  return {
    version: RECEIPT_VERSION,
    issuer,
    license: licenseId,
    ...renderMonth(month),
    time_zone: timeZone,
    as_of: month.asOf.toISOString(),
    unit,
    balance: balance && {
      opening: openingOf(balance.lines),
      closing: balance.balance,
      lines: balance.lines,
    },
  };
}
