import { type Refusal, refuse } from '../../domain/refusal.js';
import { callersLanguage } from '../kernel/answering.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import {
  askedOf,
  renderBalanceLines,
  renderRefusal,
  renderRefusals,
  renderRequest,
  renderRequests,
} from '../requestViews.js';
import {
  findReceipt,
  listStatements,
  sendStatement,
  statementFile,
  statementQuery,
} from '../statements/index.js';
import { receiptAnswer, statementsAnswer } from '../statements/wire.js';
import {
  balanceAnswer,
  refusalsOfLicenseAnswer,
  requestFoundAnswer,
  requestsAnswer,
} from '../wire.js';
import type { AdminDeps } from './adminDeps.js';
import { balanceQuery, refusalsQuery, requestIdIn, requestsQuery } from './requestSchemas.js';

/** For questions of one customer: the requests, the refusals, and how the balance came about. */
export function customerEndpoints(deps: AdminDeps): Endpoint[] {
  return [...listEndpoints(deps), findRequest(deps), balance(deps), ...statementEndpoints(deps)];
}

function listEndpoints({ licenses, requestLog, refusalLog, catalog }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/licenses/{id}/requests',
        summary:
          'Requests of a license, newest first: what was asked, how it ended, what it cost and from which bucket',
        access: 'viewer',
        query: requestsQuery,
        answers: { 200: requestsAnswer },
      },
      async ({ answer, params, query }) => {
        const license = await licenses.details(params.id as string);
        if (!license) return unknownLicense();
        const page = await requestLog.list(license.id, askedOf(query, catalog()));
        return answer(200, renderRequests(page, true));
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/licenses/{id}/refusals',
        summary: 'Refused chats of a license, newest first, and why; the newest 1,000 of 90 days',
        access: 'viewer',
        query: refusalsQuery,
        answers: { 200: refusalsOfLicenseAnswer },
      },
      async ({ answer, request, params, query }) => {
        const license = await licenses.details(params.id as string);
        if (!license) return unknownLicense();
        const page = await refusalLog.list(license.id, askedOf(query, catalog()));
        return answer(200, renderRefusals(page, callersLanguage(request), true));
      },
    ),
  ];
}

function findRequest({ requestLog, refusalLog }: AdminDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/admin/api/requests/{id}',
      summary: 'What became of the chat with this X-Request-Id',
      access: 'viewer',
      answers: { 200: requestFoundAnswer },
    },
    async ({ answer, request, params }) => {
      const id = requestIdIn(params.id as string);
      if (id === null) return unknownRequest();
      const [held, refused] = await Promise.all([requestLog.find(id), refusalLog.find(id)]);
      const licenseId = held?.licenseId ?? refused?.licenseId;
      if (licenseId === undefined) return unknownRequest();
      return answer(200, {
        license_id: licenseId,
        request: held && renderRequest(held, true),
        refusal: refused && renderRefusal(refused, callersLanguage(request), true),
      });
    },
  );
}

function balance({ licenses, balanceReport }: AdminDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/admin/api/licenses/{id}/balance',
      summary: 'Why so much is left of a month: everything that changed it, each with the sum then',
      access: 'viewer',
      query: balanceQuery,
      answers: { 200: balanceAnswer },
    },
    async ({ answer, request, params, query }) => {
      const license = await licenses.details(params.id as string);
      if (!license) return unknownLicense();
      const explained = await balanceReport.read(license.id, query);
      if (explained.kind === 'refusal') return explained;
      return answer(200, renderBalanceLines(explained, callersLanguage(request)));
    },
  );
}

function statementEndpoints(deps: AdminDeps): Endpoint[] {
  const { licenses } = deps;
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/licenses/{id}/statements',
        summary: 'The months of a license that there are statements of, newest first',
        access: 'viewer',
        answers: { 200: statementsAnswer },
      },
      async ({ answer, params }) => {
        const license = await licenses.details(params.id as string);
        return license ? answer(200, await listStatements(license.id, deps)) : unknownLicense();
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/licenses/{id}/statements/{period}',
        summary: 'The statement of a month: what was charged and what is left; JSON is signed',
        access: 'viewer',
        query: statementQuery,
        answers: { 200: statementFile },
      },
      async ({ request, response, params, query: { format } }) => {
        const license = await licenses.details(params.id as string);
        if (!license) return unknownLicense();
        const asked = { request, response, period: params.period as string, format };
        return sendStatement(asked, { license, showsCost: true }, deps);
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/requests/{id}/receipt',
        summary: 'The signed receipt of a request: what was charged for it, and why',
        access: 'viewer',
        answers: { 200: receiptAnswer },
      },
      async ({ answer, params }) => {
        const found = await findReceipt(params.id as string, { showsCost: true }, deps);
        return 'kind' in found ? found : answer(200, found);
      },
    ),
  ];
}

function unknownLicense(): Refusal {
  return refuse('not_found', 'not_found', { what: 'license' });
}

function unknownRequest(): Refusal {
  return refuse('not_found', 'request_not_found', {});
}
