// For buyers: checkout, the claim link, signing in by a mailed link, and reading the key again.

import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import type { Language } from '../../domain/language.js';
import { refuse } from '../../domain/refusal.js';
import { type CheckoutDeps, openBillingPortal, startCheckout } from '../../flows/startCheckout.js';
import { languageOf } from '../../i18n/language.js';
import type { Session } from '../../store/licenses/buyers.js';
import type { LicenseStore } from '../../store/licenses/licenses.js';
import { email, text } from '../admin/schemas.js';
import { sendAdminRefusal } from '../kernel/answering.js';
import { cookieOf, keyInHeaders, setSessionCookie } from '../kernel/credentials.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { newRouter } from '../kernel/router.js';
import {
  callerAddress,
  findHolder,
  licenseOf,
  limitCallers,
  limitStrangers,
} from '../kernel/strangers.js';
import { renderLicense } from '../licenseView.js';
import {
  checkoutAnswer,
  claimedAnswer,
  keyAnswer,
  linkAnswer,
  sentAnswer,
  signedInAnswer,
} from '../wire.js';
import { isLinkToken, sendLinkPage } from './linkPage.js';
import { type RedeemDeps, redeem } from './redeem.js';

export interface BuyerDeps extends CheckoutDeps, RedeemDeps {
  licenses: Pick<LicenseStore, 'findByKey' | 'details' | 'list'>;
}

const COOKIE = 'sahm_session';
const PAGE = { mediaType: 'text/html' };

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
    checkout(deps),
    portal(deps),
    linkEndpoint('/claim', 'Get your license key / دریافت کلید', '/claim'),
    claim(deps),
    askSignIn(deps),
    signOut(deps),
    linkEndpoint('/sign-in', 'Sign in / ورود', '/api/sign-in'),
    signIn(deps),
    reveal(deps),
    redeem(deps),
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
      const { id } = license.value;
      const limited = deps.strangers.takeById('checkout', id);
      if (limited) return limited;
      const opened = await openBillingPortal(id, deps);
      return opened.kind === 'refusal' ? opened : answer(200, { url: opened.url });
    },
  );
}

/** `action`: where the page's button posts to, with the token. */
function linkEndpoint(path: string, title: string, action: string): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: `${path}/{token}`,
      summary: 'The page behind a mailed link; it changes nothing',
      access: 'public',
      answers: { 200: PAGE },
    },
    async ({ response, params }) => {
      const token = params.token as string;
      if (!isLinkToken(token)) return refuse('not_found', 'route_not_found', { suggestions: [] });
      sendLinkPage(response, title, `${action}/${token}`);
      return null;
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
        return refuse('not_found', 'not_found', { what: 'claim link' });
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

/** Null for a caller who does not say. */
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
      if (!session) return refuse('not_found', 'not_found', { what: 'sign-in link' });
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
      await buyers.endSession(cookieOf(request, COOKIE));
      setCookie(response, '', 0, publicUrl);
      return answer(200, { signed_in: false });
    },
  );
}

function reveal(deps: BuyerDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/api/license/reveal',
      summary: 'The key read again, for the session of the cookie',
      access: 'public',
      before: [requireSession(deps)],
      body: revealBody,
      answers: { 200: keyAnswer },
    },
    async ({ answer, response, body }) => {
      const { accountId } = response.locals.session as Session;
      const key = await deps.buyers.reveal(accountId, body.license);
      return key ? answer(200, { key }) : refuse('not_found', 'not_found', { what: 'license' });
    },
  );
}

function requireSession({ buyers, credentials }: BuyerDeps): RequestHandler {
  return async (request, response, next) => {
    const cookie = cookieOf(request, COOKIE);
    const address = () => callerAddress(request);
    const session = await credentials.find<Session>(cookie, address, () => buyers.session(cookie));
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
    name: COOKIE,
    value: token,
    path: '/',
    secure: publicUrl.startsWith('https:'),
    maxAge: seconds,
  });
}
