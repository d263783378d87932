// The holder's own view of a license, for whoever has its key. The key that was used is never shown.

import type { Router } from 'express';
import { z } from 'zod';
import { renderRefusal } from '../../dialects/myaihub.js';
import type { License } from '../../domain/license.js';
import { refuse } from '../../domain/refusal.js';
import { isWellFormed } from '../../domain/wellFormed.js';
import { languageOf } from '../../i18n/language.js';
import type { RequestView } from '../../store/reports/requestLog.js';
import type { UsageQuery, UsageReport } from '../../store/reports/usageReport.js';
import type { AdminDeps } from '../admin/adminDeps.js';
import { DEFAULT_GRACE_SECONDS } from '../admin/keys.js';
import { holderUsageQuery, requestsQuery, rotateBody } from '../admin/schemas.js';
import { sendAdminRefusal } from '../kernel/answering.js';
import { keyInHeaders } from '../kernel/credentials.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { sendRefusal } from '../kernel/respond.js';
import { newRouter } from '../kernel/router.js';
import { callerAddress, findHolder, type StrangerDeps } from '../kernel/strangers.js';
import { renderBalance, renderUsageRow } from '../licenseView.js';
import {
  type HolderWire,
  holderAnswer,
  holderRotatedAnswer,
  myaihubOrAdminError,
  type RequestWire,
  requestsAnswer,
  statusAnswer,
  usageAnswer,
} from '../wire.js';
import { parseUsageQuery } from './usageReport.js';

export interface HolderDeps
  extends Pick<AdminDeps, 'licenses' | 'licenseKeys' | 'grants' | 'ledger' | 'requestLog'>,
    StrangerDeps {
  usageReport(licenseId: string, query: UsageQuery): Promise<UsageReport>;
}

export function holderRoutes(deps: HolderDeps): Router {
  const router = newRouter();
  mountEndpoints(router, holderEndpoints(deps));
  return router;
}

export function holderEndpoints(deps: HolderDeps): Endpoint[] {
  return [ownLicense(deps), status(deps), usage(deps), requests(deps), rotate(deps)];
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

/** Whatever is in it, it is no fault of the request: a key that cannot be one is a wrong key. */
const anyKey = z.string().transform(key => (isWellFormed(key) ? key : ''));
/** Other fields are left out, and not looked at. */
const statusBody = z.object({ api_key: anyKey.optional() }, { error: 'a JSON object' });

/** For bots that only post JSON: the same in the MyAIHub dialect. */
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
      const license = await findHolder(body.api_key ?? keyInHeaders(request), request, deps);
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
      summary: 'Charged requests, tokens and cost by day, model or provider',
      access: 'holder',
      query: holderUsageQuery,
      answers: { 200: usageAnswer },
    },
    async ({ answer, request, query }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      if (license.kind === 'refusal') return license;
      const asked = parseUsageQuery(query);
      if ('kind' in asked) return asked;
      const { from, to, rows } = await deps.usageReport(license.value.id, asked);
      return answer(200, { from, to, group: asked.group, rows: rows.map(renderUsageRow) });
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
      const page = await deps.requestLog.list(license.value.id, query);
      const shown = page.rows.map(renderRequest);
      return answer(200, { requests: shown, next_cursor: page.nextCursor });
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
      // What an administrator suspended cannot be given a key that nobody knows.
      if (!license.value.isUsable) return refuse('invalid_license_key', 'license_invalid', {});
      const { id, keyId: usedKeyId } = license.value;
      const { grace_seconds: graceSeconds = DEFAULT_GRACE_SECONDS } = body;
      // Named by the key that it replaces: asked again with that key, it is the same rotation.
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
    ...renderBalance(usage, await deps.grants.list(license.id)),
  };
}

function renderRequest(request: RequestView): RequestWire {
  const { id, model, provider, period, units, outcome, reason, grant } = request;
  return {
    id,
    at: request.at.toISOString(),
    ended_at: request.endedAt?.toISOString() ?? null,
    model,
    provider,
    period,
    units,
    outcome,
    charged: outcome === 'posted',
    reason,
    prompt_tokens: request.promptTokens,
    completion_tokens: request.completionTokens,
    cost_microusd: request.costMicrousd,
    grant,
  };
}
