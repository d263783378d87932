// Statements and receipts of the license to which the caller's key belongs.

import type { Request } from 'express';
import { keyInHeaders } from '../kernel/credentials.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { findHolder } from '../kernel/strangers.js';
import {
  findReceipt,
  listStatements,
  type StatementDeps,
  sendStatement,
  statementFile,
  statementQuery,
} from '../statements/index.js';
import { receiptAnswer, statementsAnswer } from '../statements/wire.js';
import type { HolderKeyDeps } from './namedKeys.js';

/** `showsCost`: whether holders see what requests cost the shop. */
type Deps = HolderKeyDeps & StatementDeps & { showsCost: boolean };

export function holderStatementEndpoints(deps: Deps): Endpoint[] {
  const { showsCost } = deps;
  const find = (request: Request) => findHolder(keyInHeaders(request), request, deps);
  return [
    endpoint(
      {
        method: 'get',
        path: '/api/license/statements',
        summary: 'The months that there are statements of, newest first',
        access: 'holder',
        answers: { 200: statementsAnswer },
      },
      async ({ answer, request }) => {
        const license = await find(request);
        if (license.kind === 'refusal') return license;
        return answer(200, await listStatements(license.value.id, deps));
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/api/license/statements/{period}',
        summary: 'The statement of a month: what was charged and what is left; JSON is signed',
        access: 'holder',
        query: statementQuery,
        answers: { 200: statementFile },
      },
      async ({ request, response, params, query: { format } }) => {
        const license = await find(request);
        if (license.kind === 'refusal') return license;
        const asked = { request, response, period: params.period as string, format };
        return sendStatement(asked, { license: license.value, showsCost }, deps);
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/api/license/requests/{id}/receipt',
        summary: 'The signed receipt of a request: what was charged for it, and why',
        access: 'holder',
        answers: { 200: receiptAnswer },
      },
      async ({ answer, request, params }) => {
        const license = await find(request);
        if (license.kind === 'refusal') return license;
        const whose = { licenseId: license.value.id, showsCost };
        const found = await findReceipt(params.id as string, whose, deps);
        return 'kind' in found ? found : answer(200, found);
      },
    ),
  ];
}
