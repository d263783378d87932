import type { Request } from 'express';
import type { z } from 'zod';
import type { Consequence } from '../../domain/consequences.js';
import type { Language } from '../../domain/language.js';
import { LICENSE_TRANSITIONS, type LicenseTransition } from '../../domain/license.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { say } from '../../i18n/messages.js';
import type {
  LicenseChanges,
  LicenseDetails,
  ShownLicense,
  Undoes,
} from '../../store/licenses/licenses.js';
import { callersLanguage } from '../kernel/answering.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { pageQuery } from '../kernel/inputForms.js';
import {
  renderBalance,
  renderBreakdown,
  renderFound,
  renderFoundKey,
  renderLicense,
  renderLimits,
} from '../licenseView.js';
import {
  issuedAnswer,
  licenseAnswer,
  licenseChangedAnswer,
  licenseFoundAnswer,
  licensePageAnswer,
  licensesAnswer,
  licenseUndoneAnswer,
  timelineAnswer,
} from '../wire.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import {
  changeBody,
  issueBody,
  listQuery,
  lookupBody,
  reasonBody,
  undoBody,
} from './licenseSchemas.js';

const REVOKED = 'A revoked license is never reinstated: its key and its add-ons end for good.';

/** Issues, finds and changes licenses. */
export function licenseEndpoints(deps: AdminDeps): Endpoint[] {
  return [issueLicense(deps), ...findEndpoints(deps), ...changeEndpoints(deps), timeline(deps)];
}

function issueLicense({ licenses, instantOf }: AdminDeps): Endpoint {
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
      const { email, plan, note, expires_at } = body;
      const wanted = { email, plan, note, expiresAt: await instantOf(expires_at) };
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
        const { key_prefix: keyPrefix, key_last4: keyLast4, expires_by: expiresBy } = query;
        const page = await licenses.list({ ...query, keyPrefix, keyLast4, expiresBy });
        if (page.kind === 'refusal') return page;
        return answer(200, {
          licenses: page.rows.map(renderFound),
          next_cursor: page.nextCursor,
        });
      },
    ),
    // A POST with the key in the body, because logs would keep a key in the URL.
    endpoint(
      {
        method: 'post',
        path: '/admin/api/licenses/lookup',
        summary:
          'The license of a key, also of one that is no longer valid, and which of its keys that is',
        access: 'viewer',
        body: lookupBody,
        answers: { 200: licenseFoundAnswer },
      },
      async ({ answer, body }) => {
        const license = await licenses.lookup(body.key.trim());
        return license ? answer(200, { license: renderFound(license) }) : unknownLicense();
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
        const previous = (await licenses.previousKeys(license.id)).map(renderFoundKey);
        return answer(200, {
          license: renderLicense(license),
          ...renderLimits(license),
          rate_limit: license.rateLimit,
          concurrency: license.concurrency,
          ...renderBalance(usage, await grants.list(license.id)),
          usage_breakdown: renderBreakdown(usage),
          ...(previous.length > 0 && { previous_keys: previous }),
        });
      },
    ),
  ];
}

function changeEndpoints({ licenses, instantOf, mailLinksSoon }: AdminDeps): Endpoint[] {
  const change = endpoint(
    {
      method: 'patch',
      path: '/admin/api/licenses/{id}',
      summary:
        'Changes plan (also for a time), expiry, note, the buyer (email), own limits (also for a time), requests a minute and at once',
      access: 'operator',
      body: changeBody,
      answers: { 200: licenseChangedAnswer },
    },
    async ({ answer, request, response, params, body }) => {
      const { rehearse, confirm = false, ...asked } = body;
      const changes = await changesIn(asked, instantOf);
      const actor = actorOf(request, response);
      const how = { rehearse, confirm };
      const changed = await licenses.change(params.id as string, changes, actor, how);
      return changed.kind === 'refusal' ? changed : answer(200, renderChanged(changed, request));
    },
  );
  const transitions = Object.keys(LICENSE_TRANSITIONS) as LicenseTransition[];
  const states = transitions.map(transition =>
    endpoint(
      {
        method: 'post',
        path: `/admin/api/licenses/{id}/${transition}`,
        summary: `Makes a license ${LICENSE_TRANSITIONS[transition].to}, at once on every replica`,
        ...(LICENSE_TRANSITIONS[transition].to === 'revoked' && { consequence: REVOKED }),
        access: 'operator',
        body: reasonBody,
        answers: { 200: licenseChangedAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const { reason = '', rehearse } = body;
        const actor = actorOf(request, response);
        const id = params.id as string;
        const changed = await licenses.transition(id, transition, reason, actor, { rehearse });
        return changed.kind === 'refusal' ? changed : answer(200, renderChanged(changed, request));
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
      if (asked.kind === 'refusal') return asked;
      mailLinksSoon();
      return answer(200, render(asked));
    },
  );
  const undo = endpoint(
    {
      method: 'post',
      path: '/admin/api/licenses/{id}/undo',
      summary:
        'Takes back the last change of plan, expiry, limits, note, rate limit or concurrency, and says which; refused if a grant, a key or a state of the license changed since',
      access: 'operator',
      body: undoBody,
      answers: { 200: licenseUndoneAnswer },
    },
    async ({ answer, request, response, params, body }) => {
      const { rehearse, confirm = false } = body;
      const actor = actorOf(request, response);
      const undone = await licenses.undo(params.id as string, actor, { rehearse, confirm });
      if (undone.kind === 'refusal') return undone;
      const { at, ...undoes } = undone.undoes as Undoes;
      return answer(200, {
        ...renderChanged(undone, request),
        undoes: { ...undoes, at: at.toISOString() },
      });
    },
  );
  return [change, undo, sendKey, ...states];
}

type AskedChanges = Omit<z.output<typeof changeBody>, 'rehearse' | 'confirm'>;

/** The changes that a body asks for, with ends as instants. */
export async function changesIn(
  { expires_at, plan_until, rate_limit: rateLimit, limits, ...others }: AskedChanges,
  instantOf: AdminDeps['instantOf'],
): Promise<LicenseChanges> {
  const { until, ...units } = limits ?? {};
  return {
    ...others,
    rateLimit,
    planUntil: await instantOf(plan_until),
    expiresAt: await instantOf(expires_at),
    limits: limits && units,
    limitsUntil: await instantOf(until),
  };
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

/** The license. For a rehearsal, also what the change would take from the customer. */
function renderChanged({ license, consequences }: ShownLicense, request: Request) {
  const language = callersLanguage(request);
  return {
    license: renderLicense(license),
    ...(consequences && {
      rehearsed: true as const,
      consequences: renderConsequences(consequences, language),
    }),
  };
}

export function renderConsequences(consequences: Consequence[], language: Language) {
  return consequences.map(each => ({ code: each.key, message: say(language, each) }));
}

function unknownLicense(): Refusal {
  return refuse('not_found', 'not_found', { what: 'license' });
}
