// For buyers: checkout, the claim link, signing in by a mailed link, and reading the key again.

import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { refuse } from '../domain/refusal.js';
import { type CheckoutDeps, openBillingPortal, startCheckout } from '../flows/startCheckout.js';
import type { Session } from '../store/buyers.js';
import type { LicenseStore } from '../store/licenses.js';
import { answer, answering, refuseMethod } from './admin/respond.js';
import { email, text } from './admin/schemas.js';
import { readBody } from './admin/validate.js';
import { MOST_PUBLIC_BYTES } from './body.js';
import { keyInHeaders } from './credentials.js';
import { renderLicense } from './licenseView.js';
import { linkPage } from './linkPage.js';
import { newRouter } from './router.js';
import { callerAddress, findHolder, limitStrangers, type StrangerDeps } from './strangers.js';

export interface BuyerDeps extends CheckoutDeps, StrangerDeps {
  licenses: Pick<LicenseStore, 'findByKey' | 'details' | 'list'>;
  sendNoticesSoon(): void;
}

const COOKIE = 'sahm_session';

const checkoutBody = z.strictObject({ product: text(200), email: email.optional() });
const signInBody = z.strictObject({ email });
const revealBody = z.strictObject({ license: text(36).optional() });

export function buyerRoutes(deps: BuyerDeps): Router {
  const router = newRouter();
  router.route('/api/checkout').post(checkout(deps)).all(refuseMethod('POST'));
  router.route('/api/license/billing-portal').post(portal(deps)).all(refuseMethod('POST'));
  router
    .route('/claim/:token')
    .get(linkPage('Get your license key / دریافت کلید', token => `/claim/${token}`))
    .post(limitStrangers(deps, 'use_link'), claim(deps))
    .all(refuseMethod('GET, POST'));
  router
    .route('/api/sign-in')
    .post(limitStrangers(deps, 'ask_link'), askSignIn(deps))
    .delete(limitStrangers(deps, 'use_link'), signOut(deps))
    .all(refuseMethod('POST, DELETE'));
  router.route('/sign-in/:token').get(linkPage('Sign in / ورود', token => `/api/sign-in/${token}`));
  router
    .route('/api/sign-in/:token')
    .post(limitStrangers(deps, 'use_link'), signIn(deps))
    .all(refuseMethod('POST'));
  router.route('/api/license/reveal').post(reveal(deps)).all(refuseMethod('POST'));
  return router;
}

/** Each is a call of the shop, and for a new buyer a row: also a holder has only so many. */
function checkout(deps: BuyerDeps): RequestHandler {
  return answering(async request => {
    const key = keyInHeaders(request);
    const license = key === undefined ? null : await findHolder(key, request, deps);
    if (license?.kind === 'refusal') return license;
    const licenseId = license?.value.id ?? null;
    const limited = licenseId
      ? deps.strangers.takeById('checkout', licenseId)
      : deps.strangers.take('checkout', callerAddress(request));
    if (limited) return limited;
    const body = await readBody(request, checkoutBody, MOST_PUBLIC_BYTES);
    if (body.kind === 'refusal') return body;
    const started = await startCheckout(body.value, licenseId, deps);
    if (started.kind === 'refusal') return started;
    return answer(201, { url: started.url, session_id: started.sessionId });
  });
}

function portal(deps: BuyerDeps): RequestHandler {
  return answering(async request => {
    const license = await findHolder(keyInHeaders(request), request, deps);
    if (license.kind === 'refusal') return license;
    const { id } = license.value;
    const limited = deps.strangers.takeById('checkout', id);
    if (limited) return limited;
    const opened = await openBillingPortal(id, deps);
    return opened.kind === 'refusal' ? opened : answer(200, { url: opened.url });
  });
}

function claim({ buyers, licenses }: BuyerDeps): RequestHandler {
  return answering(async request => {
    const claimed = await buyers.claim(request.params.token as string);
    if (claimed.kind === 'unknown') return refuse('not_found', 'not_found', { what: 'claim link' });
    if (claimed.kind === 'not_ready') {
      const reason =
        'the payment is not confirmed yet; where you had a license before, it is the same key.';
      return refuse('conflict', 'conflict', { reason }, { retryAfterSeconds: 5 });
    }
    const license = await licenses.details(claimed.licenseId);
    return answer(200, { license: license && renderLicense(license), key: claimed.key });
  });
}

/** Says the same for every address. */
function askSignIn({ buyers, sendNoticesSoon }: BuyerDeps): RequestHandler {
  return answering(async request => {
    const body = await readBody(request, signInBody, MOST_PUBLIC_BYTES);
    if (body.kind === 'refusal') return body;
    await buyers.askSignIn(body.value.email);
    sendNoticesSoon();
    return answer(202, { sent: true });
  });
}

function signIn({ buyers, publicUrl }: BuyerDeps): RequestHandler {
  return answering(async (request, response) => {
    const session = await buyers.signIn(request.params.token as string);
    if (!session) return refuse('not_found', 'not_found', { what: 'sign-in link' });
    setCookie(response, session.token, session.seconds, publicUrl);
    return answer(200, { signed_in: true });
  });
}

function signOut({ buyers, publicUrl }: BuyerDeps): RequestHandler {
  return answering(async (request, response) => {
    await buyers.endSession(cookieOf(request));
    setCookie(response, '', 0, publicUrl);
    return answer(200, { signed_in: false });
  });
}

function reveal({ buyers, credentials }: BuyerDeps): RequestHandler {
  return answering(async request => {
    const cookie = cookieOf(request);
    const address = () => callerAddress(request);
    const session = await credentials.find<Session>(cookie, address, () => buyers.session(cookie));
    if (session && 'kind' in session) return session;
    if (!session) return refuse('unauthenticated', 'unauthenticated', {});
    const body = await readBody(request, revealBody, MOST_PUBLIC_BYTES);
    if (body.kind === 'refusal') return body;
    const key = await buyers.reveal(session.accountId, body.value.license);
    return key ? answer(200, { key }) : refuse('not_found', 'not_found', { what: 'license' });
  });
}

/** Strict: no other site can use it, so that no form of another site reveals a key. */
function setCookie(response: Response, token: string, seconds: number, publicUrl: string): void {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  response.setHeader(
    'Set-Cookie',
    `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`,
  );
}

function cookieOf(request: Request): string {
  const pairs = (request.headers.cookie ?? '').split(';').map(pair => pair.trim());
  return pairs.find(pair => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}
