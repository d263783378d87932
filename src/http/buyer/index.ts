// For buyers: checkout, the claim link, signing in by a mailed link, and reading the key again.

import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import type { Language } from '../../domain/language.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type CheckoutDeps, openBillingPortal, startCheckout } from '../../flows/startCheckout.js';
import { languageOf } from '../../i18n/language.js';
import type { Session } from '../../store/licenses/buyers.js';
import type { LicenseStore } from '../../store/licenses/licenses.js';
import { sendAdminRefusal } from '../kernel/answering.js';
import { cookieOf, keyInHeaders, setSessionCookie } from '../kernel/credentials.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { email, text } from '../kernel/inputForms.js';
import { newRouter } from '../kernel/router.js';
import {
  callerAddress,
  findHolder,
  licenseOf,
  limitCallers,
  limitStrangers,
} from '../kernel/strangers.js';
import { renderLicense, renderOwnLicense } from '../licenseView.js';
import { type NoticeDeps, noticeEndpoints } from './notices.js';
import { plans } from './plans.js';
import { type RedeemDeps, redeem } from './redeem.js';
import { SESSION_COOKIE } from './sessionKey.js';
import {
  accountAnswer,
  checkoutAnswer,
  claimedAnswer,
  linkAnswer,
  revealedAnswer,
  sentAnswer,
  signedInAnswer,
} from './wire.js';

export interface BuyerDeps extends CheckoutDeps, RedeemDeps, NoticeDeps {
  licenses: Pick<LicenseStore, 'findByKey' | 'details' | 'ofAccount'>;
}

const checkoutBody = z.strictObject({ product: text(200), email: email.optional() });
const signInBody = z.strictObject({ email });
const revealBody = z.strictObject({ license: text(36).optional() });

export function buyerRoutes(deps: BuyerDeps): Router {
  const router = newRouter();
  mountEndpoints(router, buyerEndpoints(deps));
  return router;
}

export function buyerEndpoints(deps: BuyerDeps): Endpoint[] {
  return [
    plans(deps),
    checkout(deps),
    portal(deps),
    claim(deps),
    askSignIn(deps),
    signOut(deps),
    signIn(deps),
    account(deps),
    reveal(deps),
    redeem(deps),
    ...noticeEndpoints(deps),
  ];
}

function checkout(deps: BuyerDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/api/checkout',
      summary: 'Begins a checkout of a product; with a key, for its license',
      access: 'public',
      before: [limitCallers(deps, 'checkout')],
      body: checkoutBody,
      answers: { 201: checkoutAnswer },
    },
    async ({ answer, request, response, body }) => {
      const wish = { ...body, language: languageTold(request) };
      const started = await startCheckout(wish, licenseOf(response), deps);
      if (started.kind === 'refusal') return started;
      return answer(201, { url: started.url, session_id: started.sessionId });
    },
  );
}

function portal(deps: BuyerDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/api/license/billing-portal',
      summary: 'Where the buyer manages subscriptions',
      access: 'holder',
      body: null,
      answers: { 200: linkAnswer },
    },
    async ({ answer, request }) => {
      const license = await findHolder(keyInHeaders(request), request, deps);
      if (license.kind === 'refusal') return license;
      const { id, namedKey } = license.value;
      if (namedKey) return refuse('forbidden', 'master_key_needed', {});
      const limited = deps.strangers.takeById('checkout', id);
      if (limited) return limited;
      const opened = await openBillingPortal(id, deps);
      return opened.kind === 'refusal' ? opened : answer(200, { url: opened.url });
    },
  );
}

function claim(deps: BuyerDeps): Endpoint {
  const { buyers, licenses } = deps;
  return endpoint(
    {
      method: 'post',
      path: '/claim/{token}',
      summary: 'The license and its key, once',
      access: 'public',
      before: [limitStrangers(deps, 'use_link')],
      body: null,
      answers: { 200: claimedAnswer },
    },
    async ({ answer, params }) => {
      const claimed = await buyers.claim(params.token as string);
      if (claimed.kind === 'unknown') {
        return refuse('not_found', 'link_not_valid', {});
      }
      if (claimed.kind === 'not_ready') {
        const reason =
          'the payment is not confirmed yet; where you had a license before, it is the same key.';
        return refuse('conflict', 'conflict', { reason }, { retryAfterSeconds: 5 });
      }
      const license = await licenses.details(claimed.licenseId);
      return answer(200, { license: license && renderLicense(license), key: claimed.key });
    },
  );
}

function askSignIn(deps: BuyerDeps): Endpoint {
  const { buyers, mailLinksSoon } = deps;
  return endpoint(
    {
      method: 'post',
      path: '/api/sign-in',
      summary: 'Mails a link to sign in with; says the same for every address',
      access: 'public',
      before: [limitStrangers(deps, 'ask_link')],
      body: signInBody,
      answers: { 202: sentAnswer },
    },
    async ({ answer, request, body }) => {
      await buyers.askSignIn(body.email, languageTold(request));
      mailLinksSoon();
      return answer(202, { sent: true });
    },
  );
}

/** Null if the caller names no language. */
function languageTold({ headers }: Request): Language | null {
  return languageOf(headers['accept-language'], null);
}

function signIn(deps: BuyerDeps): Endpoint {
  const { buyers, publicUrl } = deps;
  return endpoint(
    {
      method: 'post',
      path: '/api/sign-in/{token}',
      summary: 'Signs in; sets a session cookie',
      access: 'public',
      before: [limitStrangers(deps, 'use_link')],
      body: null,
      answers: { 200: signedInAnswer },
    },
    async ({ answer, params, response }) => {
      const session = await buyers.signIn(params.token as string);
      if (!session) return refuse('not_found', 'link_not_valid', {});
      setCookie(response, session.token, session.seconds, publicUrl);
      return answer(200, { signed_in: true });
    },
  );
}

function signOut(deps: BuyerDeps): Endpoint {
  const { buyers, publicUrl } = deps;
  return endpoint(
    {
      method: 'delete',
      path: '/api/sign-in',
      summary: 'Signs out',
      access: 'public',
      before: [limitStrangers(deps, 'use_link')],
      answers: { 200: signedInAnswer },
    },
    async ({ answer, request, response }) => {
      await buyers.endSession(cookieOf(request, SESSION_COOKIE));
      setCookie(response, '', 0, publicUrl);
      return answer(200, { signed_in: false });
    },
  );
}

function account(deps: BuyerDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/api/account',
      summary: 'Who is signed in, null for nobody, and the licenses of the account, oldest first',
      access: 'public',
      answers: { 200: accountAnswer },
    },
    async ({ answer, request }) => {
      const session = await sessionOf(request, deps);
      if (!session) return answer(200, { email: null, licenses: [] });
      if ('kind' in session) return session;
      const licenses = await deps.licenses.ofAccount(session.accountId);
      return answer(200, { email: session.email, licenses: licenses.map(renderOwnLicense) });
    },
  );
}

function reveal(deps: BuyerDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/api/license/reveal',
      summary:
        'The key read again, for the session of the cookie; of several licenses it says which one’s, and lists them',
      access: 'public',
      before: [requireSession(deps)],
      body: revealBody,
      answers: { 200: revealedAnswer },
    },
    async ({ answer, response, body }) => {
      const { accountId } = response.locals.session as Session;
      const revealed = await deps.buyers.reveal(accountId, body.license);
      if (!revealed) return refuse('not_found', 'not_found', { what: 'license' });
      const { licenseId: license, key } = revealed;
      const all = await deps.licenses.ofAccount(accountId);
      const licenses = all.filter(({ status }) => status !== 'revoked');
      if (licenses.length < 2) return answer(200, { key });
      return answer(200, { key, license, licenses: licenses.map(renderOwnLicense) });
    },
  );
}

/** Null if nobody is signed in. */
async function sessionOf(
  request: Request,
  { buyers, credentials }: BuyerDeps,
): Promise<Session | Refusal | null> {
  const cookie = cookieOf(request, SESSION_COOKIE);
  if (cookie === '') return null;
  const address = () => callerAddress(request);
  return credentials.find<Session>(cookie, address, () => buyers.session(cookie));
}

function requireSession(deps: BuyerDeps): RequestHandler {
  return async (request, response, next) => {
    const session = await sessionOf(request, deps);
    if (session && !('kind' in session)) {
      response.locals.session = session;
      return next();
    }
    const refusal = session ?? refuse('unauthenticated', 'unauthenticated', {});
    sendAdminRefusal(request, response, refusal);
  };
}

function setCookie(response: Response, token: string, seconds: number, publicUrl: string): void {
  setSessionCookie(response, {
    name: SESSION_COOKIE,
    value: token,
    path: '/',
    secure: publicUrl.startsWith('https:'),
    maxAge: seconds,
  });
}
