// Which mails a buyer gets. The holder reads and changes it, and the link in each mail switches its kind off.

import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { LANGUAGES } from '../../domain/language.js';
import { OPTIONAL_MAIL_KINDS } from '../../domain/notice.js';
import { refuse } from '../../domain/refusal.js';
import type { LicenseStore } from '../../store/licenses/licenses.js';
import type {
  NoticeOwner,
  NoticeSettings,
  NoticeSettingsStore,
} from '../../store/notices/settings.js';
import type { UnsubscribeTokens } from '../../store/notices/unsubscribeTokens.js';
import { sendAdminRefusal } from '../kernel/answering.js';
import { keyInHeaders } from '../kernel/credentials.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { findHolder, limitStrangers, type StrangerDeps } from '../kernel/strangers.js';
import { sendUnsubscribePage } from './unsubscribePage.js';

export interface NoticeDeps extends StrangerDeps {
  licenses: Pick<LicenseStore, 'findByKey'>;
  noticeSettings: NoticeSettingsStore;
  unsubscribeTokens: Pick<UnsubscribeTokens, 'read'>;
}

/** Cannot be switched off: without these mails a buyer cannot get the key. */
const ALWAYS_SENT = ['license_ready', 'sign_in'] as const;
const PAGE = { mediaType: 'text/html' };

const switches = <Value extends z.ZodType>(value: Value) =>
  z.strictObject(
    Object.fromEntries(OPTIONAL_MAIL_KINDS.map(kind => [kind, value])) as Record<
      (typeof OPTIONAL_MAIL_KINDS)[number],
      Value
    >,
  );
const language = z.enum(LANGUAGES);
const settingsBody = z.strictObject({
  language: language.optional(),
  notices: switches(z.boolean({ error: 'boolean' }).optional()).optional(),
});
const settingsAnswer = z.strictObject({
  language: language.nullable(),
  notices: switches(z.boolean()),
  always_sent: z.array(z.enum(ALWAYS_SENT)),
});

export function noticeEndpoints(deps: NoticeDeps): Endpoint[] {
  const before = [requireHolder(deps)];
  return [
    endpoint(
      {
        method: 'get',
        path: '/api/license/notices',
        summary: 'Which mails the buyer gets',
        access: 'holder',
        before,
        answers: { 200: settingsAnswer },
      },
      async ({ answer, response }) => {
        const settings = await deps.noticeSettings.read(ownerOf(response));
        return settings ? answer(200, renderSettings(settings)) : unknownAccount();
      },
    ),
    endpoint(
      {
        method: 'patch',
        path: '/api/license/notices',
        summary: 'Switches kinds of mails on and off, and says in which language they come',
        access: 'holder',
        before,
        body: settingsBody,
        answers: { 200: settingsAnswer },
      },
      async ({ answer, response, body }) => {
        const settings = await deps.noticeSettings.change(ownerOf(response), body);
        return settings ? answer(200, renderSettings(settings)) : unknownAccount();
      },
    ),
    unsubscribePage(deps),
    unsubscribe(deps),
  ];
}

function renderSettings({ language, notices }: NoticeSettings) {
  return { language, notices, always_sent: [...ALWAYS_SENT] };
}

function unknownAccount() {
  return refuse('not_found', 'not_found', { what: 'license' });
}

function requireHolder(deps: NoticeDeps): RequestHandler {
  return async (request, response, next) => {
    const license = await findHolder(keyInHeaders(request), request, deps);
    if (license.kind === 'refusal') return sendAdminRefusal(request, response, license);
    response.locals.licenseId = license.value.id;
    next();
  };
}

function ownerOf(response: Response): NoticeOwner {
  return { licenseId: response.locals.licenseId };
}

/** Opening the link changes nothing, because mail scanners open links too. */
function unsubscribePage(deps: NoticeDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/unsubscribe/{token}',
      summary: 'The page behind the link of a mail that switches its kind off; it changes nothing',
      access: 'public',
      before: [limitStrangers(deps, 'use_link')],
      answers: { 200: PAGE },
    },
    async ({ request, response, params }) => {
      const wanted = deps.unsubscribeTokens.read(params.token ?? '');
      const settings = wanted && (await deps.noticeSettings.read(wanted));
      if (!settings) return refuse('not_found', 'route_not_found', { suggestions: [] });
      const isDone = !settings.notices[wanted.kind];
      sendUnsubscribePage(request, response, { ...wanted, language: settings.language, isDone });
      return null;
    },
  );
}

/** The POST of a mail program's own button (RFC 8058). It has no cookie, and its form has no information. */
function unsubscribe(deps: NoticeDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/unsubscribe/{token}',
      summary: 'Switches off the kind of mails that the link came with',
      access: 'public',
      before: [limitStrangers(deps, 'use_link')],
      body: null,
      query: null,
      answers: { 200: PAGE },
    },
    async ({ request, response, params }) => {
      const wanted = deps.unsubscribeTokens.read(params.token ?? '');
      const { noticeSettings } = deps;
      const settings =
        wanted && (await noticeSettings.change(wanted, { notices: { [wanted.kind]: false } }));
      if (!settings) return refuse('not_found', 'route_not_found', { suggestions: [] });
      sendUnsubscribePage(request, response, {
        ...wanted,
        language: settings.language,
        isDone: true,
      });
      return null;
    },
  );
}
