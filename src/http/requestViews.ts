// Requests, refusals and explained balances of one license in the form of the wire.

import type { BalanceLine } from '../domain/balance/lines.js';
import type { Catalog } from '../domain/catalog.js';
import { messageOf } from '../domain/keptRefusal.js';
import type { Language } from '../domain/language.js';
import { findModel } from '../domain/modelSearch.js';
import type { Page } from '../domain/page.js';
import { sayBalanceLine } from '../i18n/balanceTexts.js';
import { say } from '../i18n/messages.js';
import type { ExplainedBalance } from '../store/reports/balanceReport.js';
import type { RefusalQuery, RefusalView } from '../store/reports/refusalLog.js';
import type { RequestQuery, RequestView } from '../store/reports/requestLog.js';
import type { BalanceLineWire, BalanceWire, RefusalWire, RequestWire } from './wire.js';

/** Translates a query for the stores of requests and refusals. */
export function askedOf<
  Query extends { model?: string | undefined; request_id?: string | undefined },
>(
  { model, request_id: requestId, ...others }: Query,
  catalog: Catalog,
): Omit<Query, 'model' | 'request_id'> & Pick<RequestQuery & RefusalQuery, 'models' | 'requestId'> {
  return {
    ...others,
    requestId,
    models: model === undefined ? undefined : namesOf(model, catalog),
  };
}

/** A request has the model's id, but a refusal has what its caller wrote. */
function namesOf(name: string, catalog: Catalog): string[] {
  const model = findModel(catalog, name);
  return model ? [name, model.id, ...model.aliases] : [name];
}

export function renderRequests(page: Page<RequestView>, showsCost: boolean) {
  const requests = page.rows.map(row => renderRequest(row, showsCost));
  return { requests, next_cursor: page.nextCursor };
}

export function renderRequest(request: RequestView, showsCost: boolean): RequestWire {
  const { id, model, dialect, provider, period, units, outcome, reason, grant, product } = request;
  return {
    id,
    request_id: id,
    at: request.at.toISOString(),
    ended_at: request.endedAt?.toISOString() ?? null,
    model,
    dialect,
    provider,
    period,
    units,
    ...(request.unit && { unit: request.unit }),
    outcome,
    charged: outcome === 'posted',
    reason,
    prompt_tokens: request.promptTokens,
    completion_tokens: request.completionTokens,
    ...(showsCost && { cost_microusd: request.costMicrousd }),
    bucket: grant === null ? 'period' : 'grant',
    grant,
    product,
    key: request.namedKey,
    ...(request.keyName !== null && { key_name: request.keyName }),
    user: request.user,
  };
}

export function renderRefusals(page: Page<RefusalView>, language: Language, tellsCause: boolean) {
  const refusals = page.rows.map(row => renderRefusal(row, language, tellsCause));
  return { refusals, next_cursor: page.nextCursor };
}

/** `tellsCause`: why a key was refused. Its caller never learns it. */
export function renderRefusal(
  refusal: RefusalView,
  language: Language,
  tellsCause: boolean,
): RefusalWire {
  const { keyName, cause } = refusal;
  const { id, dialect, provider, model, code, reason, parameters, namedKey: key } = refusal;
  const message = say(language, messageOf(reason, parameters));
  const at = refusal.at.toISOString();
  const about = { id, request_id: id, at, dialect, provider, model };
  return {
    ...about,
    code,
    reason,
    message,
    key,
    ...(keyName !== null && { key_name: keyName }),
    ...(tellsCause && cause && { cause: { code: cause.key, message: say(language, cause) } }),
    parameters,
  };
}

export function renderBalanceLines(explained: ExplainedBalance, language: Language): BalanceWire {
  const { balance, period, isMoney, lines } = explained;
  const unit = isMoney ? { unit: 'microusd' as const } : {};
  return { balance, period, ...unit, lines: lines.map(line => renderLine(line, language)) };
}

function renderLine({ told, units, sum }: BalanceLine, language: Language): BalanceLineWire {
  const { code, provider, grant, charges, plan } = told;
  return {
    at: isoOf(told.at),
    code,
    what: sayBalanceLine(language, told),
    units,
    sum,
    provider,
    ...(plan !== undefined && { plan }),
    ...(grant && { bucket: bucketOf(grant.lasts), grant: grant.id, product: grant.product }),
    ...(grant && grant.order !== null && { order: grant.order }),
    ...(charges && !grant && { bucket: 'period' as const }),
    ...(charges && {
      requests: charges.requests,
      charged: charges.units,
      from: isoOf(charges.from),
      to: isoOf(charges.to),
    }),
  };
}

function bucketOf(lasts: string): 'grant' | 'period' {
  return lasts === 'until-used' ? 'grant' : 'period';
}

function isoOf(us: number): string {
  return new Date(Math.floor(us / 1_000)).toISOString();
}
