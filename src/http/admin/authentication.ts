// Who calls, and what they may do. Decided before anything else of a request is read.

import type { Request, RequestHandler, Response } from 'express';
import jwt from 'jsonwebtoken';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Role, roleAllows } from '../../domain/role.js';
import type { Actor } from '../../store/admin/audit.js';
import type { SignedIn } from '../../store/admin/sessions.js';
import type { TokenCaller } from '../../store/admin/tokens.js';
import { sendAdminRefusal } from '../kernel/answering.js';
import { bearerOf } from '../kernel/credentials.js';
import { callerAddress } from '../kernel/strangers.js';
import type { AdminDeps } from './adminDeps.js';

const ISSUER = 'sahm';
const AUDIENCE = 'sahm-admin';
const ALGORITHM = 'HS256';
export const TOKEN_SECONDS = 15 * 60;
const API_TOKEN = /^sahm_admin_/;

export type AdminCaller = ({ kind: 'session' } & SignedIn) | ({ kind: 'token' } & TokenCaller);

export interface Token {
  token: string;
  expiresAt: Date;
}

interface Claims {
  sid: string;
  iat: number;
  exp: number;
  nbf: number;
}

/** A token for a session. It has only the session's id; role and state are read for each request. */
export function signToken(session: SignedIn, secret: string): Token {
  const issuedAt = Math.floor(session.now.getTime() / 1000);
  const exp = issuedAt + TOKEN_SECONDS;
  const claims = { sid: session.sessionId, iat: issuedAt, exp };
  const token = jwt.sign(claims, secret, {
    algorithm: ALGORITHM,
    issuer: ISSUER,
    audience: AUDIENCE,
    subject: session.administratorId,
  });
  return { token, expiresAt: new Date(exp * 1000) };
}

/**
 * The claims of a token; undefined if the token is not ours. The database's time decides whether it is valid now:
 * see `isTimely`.
 */
export function readToken(token: string, secret: string): Claims | undefined {
  try {
    const { header, payload } = jwt.verify(token, secret, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      ignoreExpiration: true,
      ignoreNotBefore: true,
      complete: true,
    });
    if (header.typ !== 'JWT' || typeof payload === 'string') return undefined;
    const { sid, exp, iat, nbf = 0 } = payload;
    const isComplete = typeof sid === 'string' && isSecond(exp) && isSecond(iat) && isSecond(nbf);
    return isComplete ? { sid, exp, iat, nbf } : undefined;
  } catch {
    // The library throws errors of many kinds. Each means that the text is no token of ours.
    return undefined;
  }
}

function isSecond(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Whether it has begun, is not over, and was not made for longer than tokens may live. */
function isTimely({ iat, exp, nbf }: Claims, now: Date): boolean {
  const second = now.getTime() / 1000;
  return exp > second && nbf <= second && second - iat <= TOKEN_SECONDS;
}

/** The caller whose token is in the header; null without a valid token. */
export async function findCaller(
  request: Request,
  deps: AdminDeps,
): Promise<AdminCaller | null | Refusal> {
  const token = bearerOf(request);
  if (!token) return null;
  if (API_TOKEN.test(token)) {
    const address = () => callerAddress(request);
    const caller = await deps.credentials.find(token, address, () => deps.tokens.find(token));
    return caller && ('kind' in caller ? caller : { kind: 'token', ...caller });
  }
  const claims = readToken(token, deps.jwtSecret);
  const session = claims && (await deps.sessions.find(claims.sid));
  return session && isTimely(claims, session.now) ? { kind: 'session', ...session } : null;
}

/** Lets administrators of at least this role through: 401 without a session, 403 with a lesser role. */
export function requireRole(deps: AdminDeps, role: Role): RequestHandler {
  return async (request, response, next) => {
    const caller = await findCaller(request, deps);
    if (!caller) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      sendAdminRefusal(request, response, refuse('unauthenticated', 'unauthenticated', {}));
      return;
    }
    if (caller.kind === 'refusal') return sendAdminRefusal(request, response, caller);
    if (!roleAllows(caller.role, role)) {
      sendAdminRefusal(request, response, refuse('forbidden', 'forbidden', { role }));
      return;
    }
    response.locals.caller = caller;
    next();
  };
}

/** The caller that `requireRole` let through. */
export function callerOf(response: Response): AdminCaller {
  return response.locals.caller as AdminCaller;
}

/** Who makes a change, for the audit log. */
export function actorOf(request: Request, response: Response): Actor {
  const caller = callerOf(response);
  const name = caller.kind === 'token' ? `${caller.email} (token ${caller.name})` : caller.email;
  return { administratorId: caller.administratorId, name, address: callerAddress(request) };
}
