// Statements of months, receipts of requests, and the keys that check both. Holders and administrators share this.

import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { type Catalog, quotasOf } from '../../domain/catalog.js';
import { WALLET } from '../../domain/provider.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { BalanceReport } from '../../store/reports/balanceReport.js';
import type { RequestLog } from '../../store/reports/requestLog.js';
import type { StatementMonth, Statements } from '../../store/reports/statements.js';
import type { ReceiptSigner } from '../../store/secrets/receiptSigner.js';
import { requestIdIn } from '../admin/requestSchemas.js';
import { callersLanguage } from '../kernel/answering.js';
import { type Endpoint, endpoint, type OtherAnswer } from '../kernel/endpoint.js';
import { object } from '../kernel/inputForms.js';
import { JSON_TYPE } from '../kernel/respond.js';
import { newRouter } from '../kernel/router.js';
import { sendStreamed } from '../kernel/streamed.js';
import { renderBalanceLines } from '../requestViews.js';
import { csvStatement, jsonStatement, type Month, totalsOf } from './files.js';
import { STATEMENT_POLICY, statementPage } from './page.js';
import {
  hasEnded,
  type Issuer,
  renderHead,
  renderListed,
  renderMonth,
  renderReceipt,
} from './views.js';
import { keysAnswer, type MonthWire, type ReceiptWire, statementAnswer } from './wire.js';

export interface StatementDeps {
  statements: Statements;
  receiptSigner: ReceiptSigner;
  issuer: Issuer;
  /** The time zone in which the months begin. */
  timeZone: string;
  requestLog: RequestLog;
  balanceReport: BalanceReport;
  catalog(): Catalog;
}

const FORMATS = ['json', 'csv', 'html'] as const;
type Format = (typeof FORMATS)[number];

/** Without a format in the query, the `Accept` header decides. */
export const statementQuery = object({
  format: z.enum(FORMATS, { error: FORMATS.join(' | ') }).optional(),
});

export const statementFile: OtherAnswer & { json: typeof statementAnswer } = {
  mediaType: 'text/csv, text/html',
  json: statementAnswer,
};

export const RECEIPT_KEYS_PATH = '/.well-known/jwks.json';

export function receiptKeyRoutes(deps: Pick<StatementDeps, 'receiptSigner'>): Router {
  const router = newRouter();
  const { path, handle } = receiptKeysEndpoint(deps);
  router.get(path, handle);
  return router;
}

export function receiptKeysEndpoint({
  receiptSigner,
}: Pick<StatementDeps, 'receiptSigner'>): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: RECEIPT_KEYS_PATH,
      summary: 'The public keys that check receipts and statements (RFC 7517); the first one signs',
      access: 'public',
      query: null,
      answers: { 200: keysAnswer },
    },
    async ({ answer }) => answer(200, { keys: receiptSigner.publicKeys }),
  );
}

/** The license of the statement or receipt, and the person who reads it. */
export interface Reader {
  license: { id: string; plan: string };
  showsCost: boolean;
}

export async function listStatements(
  licenseId: string,
  { statements }: StatementDeps,
): Promise<{ statements: MonthWire[] }> {
  return { statements: (await statements.months(licenseId)).map(renderMonth) };
}

/** Writes the answer itself, because it is streamed. */
export async function sendStatement(
  asked: { request: Request; response: Response; period: string; format: Format | undefined },
  reader: Reader,
  deps: StatementDeps,
): Promise<Refusal | null> {
  const { request, response, period, format = acceptedFormat(request) } = asked;
  const { license, showsCost } = reader;
  const months = await deps.statements.months(license.id);
  const month = months.find(each => each.period === period);
  if (!month) return unknownMonth(months);
  const language = callersLanguage(request);
  const balance = await deps.balanceReport.read(license.id, { period });
  const { issuer, timeZone } = deps;
  const [quota] = quotasOf(deps.catalog(), license.plan);
  const head = renderHead({
    licenseId: license.id,
    month,
    issuer,
    timeZone,
    unit: quota === WALLET ? 'microusd' : 'request',
    balance: balance.kind === 'refusal' ? null : renderBalanceLines(balance, language),
  });
  const whole: Month = {
    head,
    async *listed() {
      for await (const piece of deps.statements.charged(license.id, month)) {
        yield piece.map(row => renderListed(row, showsCost));
      }
    },
  };
  const file = (ending: string) => `statement-${period}.${ending}`;
  if (format === 'html') {
    response.setHeader('Content-Security-Policy', STATEMENT_POLICY);
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    response.type('html').send(statementPage(head, await totalsOf(whole), language));
  } else if (format === 'csv') {
    const csv = { type: 'text/csv; charset=utf-8', file: file('csv') };
    await sendStreamed(response, csv, csvStatement(whole, showsCost));
  } else {
    const signed = jsonStatement(whole, deps.receiptSigner.sign);
    await sendStreamed(response, { type: JSON_TYPE, file: file('json') }, signed);
  }
  return null;
}

function acceptedFormat(request: Request): Format {
  const type = request.accepts(['application/json', 'text/csv', 'text/html']);
  return type === 'text/html' ? 'html' : type === 'text/csv' ? 'csv' : 'json';
}

function unknownMonth(months: StatementMonth[]): Refusal {
  const [first, last] = [months.at(-1)?.period ?? '', months[0]?.period ?? ''];
  return refuse('not_found', 'statement_not_found', { first, last });
}

/** With `licenseId`, only finds requests of this license. */
export async function findReceipt(
  sentId: string,
  { licenseId, showsCost }: { licenseId?: string; showsCost: boolean },
  { requestLog, receiptSigner, issuer }: StatementDeps,
): Promise<{ receipt: ReceiptWire; jws: string } | Refusal> {
  const id = requestIdIn(sentId);
  const found = id === null ? null : await requestLog.find(id);
  if (!found || (licenseId !== undefined && found.licenseId !== licenseId)) {
    return refuse('not_found', 'receipt_not_found', {});
  }
  if (!hasEnded(found)) {
    const reason = 'the request is still under way; ask again when it has ended';
    return refuse('conflict', 'conflict', { reason });
  }
  const receipt = renderReceipt(found, issuer, showsCost);
  return { receipt, jws: receiptSigner.sign(receipt) };
}
