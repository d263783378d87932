// The holder's view of a license, for callers with its key. The key itself is never shown.

import type { Router } from 'express';
import { z } from 'zod';
import { renderRefusal } from '../../dialects/myaihub.js';
import type { License } from '../../domain/license.js';
import { refuse } from '../../domain/refusal.js';
import { isWellFormed } from '../../domain/wellFormed.js';
import { languageOf } from '../../i18n/language.js';
import type { LicensePurchases } from '../../store/reports/licensePurchases.js';
import type { UsageQuery, UsageReport } from '../../store/reports/usageReport.js';
import type { AdminDeps } from '../admin/adminDeps.js';
import { DEFAULT_GRACE_SECONDS, rotateBody } from '../admin/licenseSchemas.js';
import { balanceQuery, refusalsQuery, requestsQuery } from '../admin/requestSchemas.js';
import { callersLanguage, sendAdminRefusal } from '../kernel/answering.js';
import { keyInHeaders } from '../kernel/credentials.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { pageQuery } from '../kernel/inputForms.js';
import { sendRefusal } from '../kernel/respond.js';
import { newRouter } from '../kernel/router.js';
import { callerAddress, findHolder } from '../kernel/strangers.js';
import { renderBalance, renderUsageRow } from '../licenseView.js';
import { askedOf, renderBalanceLines, renderRefusals, renderRequests } from '../requestViews.js';
import type { StatementDeps } from '../statements/index.js';
import {
  balanceAnswer,
  type HolderWire,
  holderAnswer,
  holderRotatedAnswer,
  holderUsageAnswer,
  myaihubOrAdminError,
  ownPurchasesAnswer,
  refusalsOfLicenseAnswer,
  requestsAnswer,
  statusAnswer,
} from '../wire.js';
import { type HolderKeyDeps, holderKeyEndpoints } from './namedKeys.js';
import { holderStatementEndpoints } from './statements.js';
import { holderUsageQuery } from './usageReport.js';

export interface HolderDeps
  extends Pick<AdminDeps, 'licenseKeys' | 'grants' | 'ledger'>,
    Pick<AdminDeps, 'refusalLog'>,
    StatementDeps,
    HolderKeyDeps {
  purchasesOf: LicensePurchases['list'];
  /** Whether holders see what requests cost the shop. */
  showsCost: boolean;
  usageReport(licenseId: string, query: UsageQuery): Promise<UsageReport>;
}

export function holderRoutes(deps: HolderDeps): Router {
  const router = newRouter();
  mountEndpoints(router, holderEndpoints(deps));
  return router;
}

export function holderEndpoints(deps: HolderDeps): Endpoint[] {
  return [
    ownLicense(deps),
    status(deps),
    usage(deps),
    requests(deps),
    purchases(deps),
    refusals(deps),
    balance(deps),
    ...holderStatementEndpoints(deps),
    rotate(deps),
    ...holderKeyEndpoints(deps),
  ];
}

function ownLicense(deps: HolderDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/api/license',
      summary: 'The license of the key, what is left of it, and its add-ons',
      access: 'holder',
      answers: { 200: holderAnswer },
    },
    async ({ answer, request }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      return license.kind === 'refusal' ? license : answer(200, await render(license.value, deps));
    },
  );
}

/** Accepts any text. A malformed key is a wrong key, not a fault in the request. */
const anyKey = z.string().transform(key => (isWellFormed(key) ? key : ''));
/** Ignores all other fields. */
const statusBody = z.object({ api_key: anyKey.optional() }, { error: 'a JSON object' });

/** The same in the MyAIHub dialect, for bots that can only post JSON. */
function status(deps: HolderDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/api/license/status',
      summary: 'As GET /api/license, in the MyAIHub dialect',
      access: 'holder',
      keyInBody: true,
      body: statusBody,
      answers: { 200: statusAnswer },
      refusals: { schema: myaihubOrAdminError, send: sendAdminRefusal },
    },
    async ({ answer, request, response, body }) => {
      const license = await findHolder(body.api_key ?? keyInHeaders(request) ?? '', request, deps);
      if (license.kind !== 'refusal') {
        return answer(200, { error: false, ...(await render(license.value, deps)) });
      }
      const language = languageOf(request.headers['accept-language'], 'fa');
      response.setHeader('Cache-Control', 'no-store');
      sendRefusal(response, license, renderRefusal(license, language));
      return null;
    },
  );
}

function usage(deps: HolderDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/api/license/usage',
      summary: 'Charged requests, tokens and cost by day, model, provider, key or user',
      access: 'holder',
      query: holderUsageQuery,
      answers: { 200: holderUsageAnswer },
    },
    async ({ answer, request, query }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      if (license.kind === 'refusal') return license;
      const { from, to, rows } = await deps.usageReport(license.value.id, query);
      const shown = rows.map(renderUsageRow).map(({ cost_microusd, ...row }) => ({
        ...row,
        ...(deps.showsCost && { cost_microusd }),
      }));
      return answer(200, { from, to, group: query.group, rows: shown });
    },
  );
}

function requests(deps: HolderDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/api/license/requests',
      summary: 'Requests one by one, newest first: what they cost and how they ended',
      access: 'holder',
      query: requestsQuery,
      answers: { 200: requestsAnswer },
    },
    async ({ answer, request, query }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      if (license.kind === 'refusal') return license;
      const asked = askedOf(query, deps.catalog());
      const page = await deps.requestLog.list(license.value.id, asked);
      return answer(200, renderRequests(page, deps.showsCost));
    },
  );
}

function purchases(deps: HolderDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/api/license/purchases',
      summary: 'What was paid for the license and what went back, newest first',
      access: 'holder',
      query: pageQuery,
      answers: { 200: ownPurchasesAnswer },
    },
    async ({ answer, request, query }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      if (license.kind === 'refusal') return license;
      const page = await deps.purchasesOf(license.value.id, query);
      if (page.kind === 'refusal') return page;
      const shown = page.rows.map(({ order, at, ...others }) => ({
        ...others,
        order_id: order,
        at: at.toISOString(),
      }));
      return answer(200, { purchases: shown, next_cursor: page.nextCursor });
    },
  );
}

function refusals(deps: HolderDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/api/license/refusals',
      summary: 'Refused chats one by one, newest first, and why; the newest 1,000 of 90 days',
      access: 'holder',
      query: refusalsQuery,
      answers: { 200: refusalsOfLicenseAnswer },
    },
    async ({ answer, request, query }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      if (license.kind === 'refusal') return license;
      const asked = askedOf(query, deps.catalog());
      const page = await deps.refusalLog.list(license.value.id, asked);
      return answer(200, renderRefusals(page, callersLanguage(request), false));
    },
  );
}

function balance(deps: HolderDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/api/license/balance',
      summary: 'Why so much is left of a month: everything that changed it, each with the sum then',
      access: 'holder',
      query: balanceQuery,
      answers: { 200: balanceAnswer },
    },
    async ({ answer, request, query }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      if (license.kind === 'refusal') return license;
      const explained = await deps.balanceReport.read(license.value.id, query);
      if (explained.kind === 'refusal') return explained;
      return answer(200, renderBalanceLines(explained, callersLanguage(request)));
    },
  );
}

function rotate(deps: HolderDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/api/license/rotate',
      summary: 'A new key; both work in the grace time. Asked again with the old key: the same one',
      access: 'holder',
      body: rotateBody,
      answers: { 200: holderRotatedAnswer },
    },
    async ({ answer, request, body }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      if (license.kind === 'refusal') return license;
      if (license.value.namedKey) return refuse('forbidden', 'master_key_needed', {});
      // A suspended license must not get a new key that its administrator does not know.
      if (!license.value.isUsable) return refuse('invalid_license_key', 'license_invalid', {});
      const { id, keyId: usedKeyId } = license.value;
      const { grace_seconds: graceSeconds = DEFAULT_GRACE_SECONDS } = body;
      // Named after the replaced key, so that a repetition with that key is the same rotation.
      const wanted = { graceSeconds, rotation: `holder:${usedKeyId}`, usedKeyId };
      const actor = { administratorId: null, name: 'holder', address: callerAddress(request) };
      const rotated = await deps.licenseKeys.rotate(id, wanted, actor);
      if (rotated.kind === 'refusal') return rotated;
      const previous_key_valid_until = rotated.previousValidUntil?.toISOString() ?? null;
      return answer(200, { key: rotated.key, previous_key_valid_until });
    },
  );
}

async function render(license: License, deps: HolderDeps): Promise<HolderWire> {
  const usage = await deps.ledger.usage(license.id);
  return {
    plan: license.plan,
    status: license.state,
    expires_at: license.planEndsAt?.toISOString() ?? null,
    ...(license.lentUntil && { plan_until: license.lentUntil.toISOString() }),
    ...renderBalance(usage, await deps.grants.list(license.id)),
  };
}
