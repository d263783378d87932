import type { Request, RequestHandler, Response } from 'express';
import { refuse } from '../../domain/refusal.js';
import type { SignedIn } from '../../store/admin/sessions.js';
import { sendAdminRefusal } from '../kernel/answering.js';
import { cookieOf, setSessionCookie } from '../kernel/credentials.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { callerAddress } from '../kernel/strangers.js';
import type { AdminDeps } from './adminDeps.js';
import { callerOf, findCaller, signToken } from './authentication.js';
import { sessionBody } from './schemas.js';
import { type SessionWire, sessionAnswer } from './wire.js';

const COOKIE = 'sahm_admin_refresh';
const COOKIE_PATH = '/admin/api/session';

/** Signing in and out, and renewing the token by the cookie that signing in left, or by the token itself. */
export function sessionEndpoints(deps: AdminDeps): Endpoint[] {
  const { sessions, jwtSecret } = deps;
  const render = (session: SignedIn): SessionWire => {
    const { token, expiresAt } = signToken(session, jwtSecret);
    const { role } = session;
    const expires_at = expiresAt.toISOString();
    return { token, token_type: 'Bearer', expires_at, role };
  };
  const ofCookie = (request: Request, secret: string) => {
    const address = () => callerAddress(request);
    return deps.credentials.find<SignedIn>(secret, address, () => sessions.renew(secret));
  };
  /** Programs keep no cookies. */
  const ofBearer = async (request: Request) => {
    const caller = await findCaller(request, deps);
    return caller?.kind === 'session' ? sessions.extend(caller.sessionId) : null;
  };
  return [
    endpoint(
      {
        method: 'post',
        path: '/admin/api/session',
        summary: 'Signs in; sets the cookie that renews the token',
        access: 'public',
        body: sessionBody,
        before: [limitSignIns(deps)],
        answers: { 200: sessionAnswer },
      },
      async ({ answer, request, response, body }) => {
        const address = callerAddress(request);
        const signIn = await sessions.signIn(body.email, body.password, address, body.code);
        if (signIn.kind === 'wrong') return refuse('unauthenticated', 'sign_in_failed', {});
        if (signIn.kind === 'second_factor_required') {
          return refuse('second_factor_required', 'second_factor_required', {}, { field: 'code' });
        }
        if (signIn.kind === 'limited') {
          const { retryAfterSeconds } = signIn;
          return refuse('rate_limited', 'rate_limited', {}, { retryAfterSeconds });
        }
        deps.strangers.giveBack('sign_in', address, response.locals.isKnownAddress);
        setCookie(response, signIn.refreshSecret, deps);
        return answer(200, render(signIn.session));
      },
    ),
    endpoint(
      {
        method: 'delete',
        path: '/admin/api/session',
        summary: 'Signs out, at once and everywhere',
        access: 'viewer',
        answers: { 204: null },
      },
      async ({ answer, response }) => {
        const caller = callerOf(response);
        if (caller.kind === 'token') {
          const reason = 'an API token has no session; revoke it instead.';
          return refuse('conflict', 'conflict', { reason });
        }
        await sessions.end(caller.sessionId);
        setCookie(response, '', deps);
        return answer(204, null);
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/session/refresh',
        summary: 'A new token for the session of the cookie, else of the bearer token',
        access: 'public',
        answers: { 200: sessionAnswer },
      },
      async ({ answer, request }) => {
        const secret = cookieOf(request, COOKIE);
        const session = secret === '' ? await ofBearer(request) : await ofCookie(request, secret);
        if (session && 'kind' in session) return session;
        return session
          ? answer(200, render(session))
          : refuse('unauthenticated', 'unauthenticated', {});
      },
    ),
  ];
}

/** Limits sign-ins. The limit of all strangers together does not apply to addresses of earlier sign-ins. */
function limitSignIns({ sessions, strangers }: AdminDeps): RequestHandler {
  return (request, response, next) => {
    const address = callerAddress(request);
    const isKnown = sessions.knows(address);
    const refusal = strangers.take('sign_in', address, isKnown);
    if (refusal) return sendAdminRefusal(request, response, refusal);
    response.locals.isKnownAddress = isKnown;
    next();
  };
}

/** Sets a cookie that lasts until the browser ends. An empty value removes it. */
function setCookie(response: Response, value: string, { secureCookies }: AdminDeps): void {
  setSessionCookie(response, {
    name: COOKIE,
    value,
    path: COOKIE_PATH,
    secure: secureCookies,
    ...(value === '' && { expires: new Date(0) }),
  });
}
