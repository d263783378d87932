import { LICENSE_TRANSITIONS, type LicenseTransition } from '../../domain/license.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { LicenseDetails } from '../../store/licenses/licenses.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { renderBalance, renderBreakdown, renderLicense } from '../licenseView.js';
import {
  issuedAnswer,
  licenseAnswer,
  licensePageAnswer,
  licensesAnswer,
  timelineAnswer,
} from '../wire.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { changeBody, issueBody, listQuery, lookupBody, pageQuery, reasonBody } from './schemas.js';

/** Issuing, finding and changing licenses. */
export function licenseEndpoints(deps: AdminDeps): Endpoint[] {
  return [issueLicense(deps), ...findEndpoints(deps), ...changeEndpoints(deps), timeline(deps)];
}

function issueLicense({ licenses }: AdminDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/admin/api/licenses',
      summary: 'Issues a license; the answer has its key',
      access: 'operator',
      body: issueBody,
      answers: { 201: issuedAnswer },
    },
    async ({ answer, request, response, body }) => {
      const { email, plan, note, expires_at: expiresAt } = body;
      const wanted = { email, plan, note, expiresAt };
      const issued = await licenses.issue(wanted, actorOf(request, response));
      if (issued.kind === 'refusal') return issued;
      return answer(201, { license: renderLicense(issued.license), key: issued.key });
    },
  );
}

function findEndpoints({ licenses, ledger, grants }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/licenses',
        summary: 'Licenses, newest first',
        access: 'viewer',
        query: listQuery,
        answers: { 200: licensesAnswer },
      },
      async ({ answer, query }) => {
        const { key_prefix: keyPrefix, key_last4: keyLast4, ...others } = query;
        const page = await licenses.list({ ...others, keyPrefix, keyLast4 });
        if (page.kind === 'refusal') return page;
        return answer(200, {
          licenses: page.rows.map(renderLicense),
          next_cursor: page.nextCursor,
        });
      },
    ),
    // Keys never stand in URLs, where logs would keep them.
    endpoint(
      {
        method: 'post',
        path: '/admin/api/licenses/lookup',
        summary: 'The license of a key, also of one that is no longer valid',
        access: 'viewer',
        body: lookupBody,
        answers: { 200: licenseAnswer },
      },
      async ({ answer, body }) => {
        const license = await licenses.lookup(body.key.trim());
        return license ? answer(200, { license: renderLicense(license) }) : unknownLicense();
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/licenses/{id}',
        summary: 'A license with its balance and its grants',
        access: 'viewer',
        answers: { 200: licensePageAnswer },
      },
      async ({ answer, params }) => {
        const license = await licenses.details(params.id as string);
        if (!license) return unknownLicense();
        const usage = await ledger.usage(license.id);
        return answer(200, {
          license: renderLicense(license),
          limits: license.limits,
          rate_limit: license.rateLimit,
          ...renderBalance(usage, await grants.list(license.id)),
          usage_breakdown: renderBreakdown(usage),
        });
      },
    ),
  ];
}

function changeEndpoints({ licenses }: AdminDeps): Endpoint[] {
  const change = endpoint(
    {
      method: 'patch',
      path: '/admin/api/licenses/{id}',
      summary:
        'Changes plan, expiry, note, the buyer (email), own limits (null: the plan’s) and requests a minute',
      access: 'operator',
      body: changeBody,
      answers: { 200: licenseAnswer },
    },
    async ({ answer, request, response, params, body }) => {
      const { expires_at: expiresAt, rate_limit: rateLimit, ...others } = body;
      const changes = { ...others, expiresAt, rateLimit };
      const actor = actorOf(request, response);
      const changed = await licenses.change(params.id as string, changes, actor);
      return changed.kind === 'refusal' ? changed : answer(200, render(changed));
    },
  );
  const transitions = Object.keys(LICENSE_TRANSITIONS) as LicenseTransition[];
  const states = transitions.map(transition =>
    endpoint(
      {
        method: 'post',
        path: `/admin/api/licenses/{id}/${transition}`,
        summary: `Makes a license ${LICENSE_TRANSITIONS[transition].to}, at once on every replica`,
        access: 'operator',
        body: reasonBody,
        answers: { 200: licenseAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const { reason = '' } = body;
        const actor = actorOf(request, response);
        const id = params.id as string;
        const changed = await licenses.transition(id, transition, reason, actor);
        return changed.kind === 'refusal' ? changed : answer(200, render(changed));
      },
    ),
  );
  const sendKey = endpoint(
    {
      method: 'post',
      path: '/admin/api/licenses/{id}/send-key',
      summary: 'Mails the buyer a new link to the key',
      access: 'operator',
      answers: { 200: licenseAnswer },
    },
    async ({ answer, request, response, params }) => {
      const asked = await licenses.sendKey(params.id as string, actorOf(request, response));
      return asked.kind === 'refusal' ? asked : answer(200, render(asked));
    },
  );
  return [change, sendKey, ...states];
}

function timeline(deps: AdminDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/admin/api/licenses/{id}/timeline',
      summary: 'Everything that happened to a license, newest first',
      access: 'viewer',
      query: pageQuery,
      answers: { 200: timelineAnswer },
    },
    async ({ answer, params, query }) => {
      const page = await deps.timeline.read(params.id as string, query);
      if (page === null) return unknownLicense();
      if (page.kind === 'refusal') return page;
      const events = page.rows.map(row => ({ ...row, at: row.at.toISOString() }));
      return answer(200, { events, next_cursor: page.nextCursor });
    },
  );
}

function render({ license }: { license: LicenseDetails }) {
  return { license: renderLicense(license) };
}

function unknownLicense(): Refusal {
  return refuse('not_found', 'not_found', { what: 'license' });
}
