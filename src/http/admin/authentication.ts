// Who calls, and whether they may: decided before anything else of a request is looked at.

import type { Request, RequestHandler, Response } from 'express';
import jwt from 'jsonwebtoken';
import { refuse } from '../../domain/refusal.js';
import type { Role, SignedIn } from '../../store/administrators.js';
import type { Actor } from '../../store/audit.js';
import type { AdminDeps } from './adminDeps.js';
import { sendAdminRefusal } from './respond.js';

const ISSUER = 'sahm';
const AUDIENCE = 'sahm-admin';
const ALGORITHM = 'HS256';
export const TOKEN_SECONDS = 15 * 60;

/** Each role may do what the ones before it may. */
const RANK: Record<Role, number> = { viewer: 1, operator: 2, owner: 3 };

export interface Token {
  token: string;
  expiresAt: Date;
}

/** A token for a session. It names the session only: role and state are asked at each request. */
export function signToken(session: SignedIn, secret: string): Token {
  const issuedAt = Math.floor(Date.now() / 1000);
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

/** The session that a token names, or undefined for everything that is not a token of ours. */
export function readToken(token: string, secret: string): string | undefined {
  try {
    const { header, payload } = jwt.verify(token, secret, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      // Also refuses a token without `iat`.
      maxAge: TOKEN_SECONDS,
      complete: true,
    });
    if (header.typ !== 'JWT' || typeof payload === 'string') return undefined;
    const { exp, sid } = payload;
    return typeof exp === 'number' && typeof sid === 'string' ? sid : undefined;
  } catch (error) {
    // The library throws these, and a SyntaxError for a token that is no JSON inside.
    if (error instanceof jwt.JsonWebTokenError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Lets administrators of at least this role through: 401 without a session, 403 with a lesser role. */
export function requireRole(deps: AdminDeps, role: Role): RequestHandler {
  return async (request, response, next) => {
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const sessionId = token && readToken(token, deps.jwtSecret);
    const session = sessionId ? await deps.administrators.findSession(sessionId) : null;
    if (!session) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      sendAdminRefusal(request, response, refuse('unauthenticated', 'unauthenticated', {}));
      return;
    }
    if (RANK[session.role] < RANK[role]) {
      sendAdminRefusal(request, response, refuse('forbidden', 'forbidden', { role }));
      return;
    }
    response.locals.session = session;
    next();
  };
}

/** The session that `requireRole` found. */
export function sessionOf(response: Response): SignedIn {
  return response.locals.session as SignedIn;
}

/** Who makes a change, for the audit log. */
export function actorOf(request: Request, response: Response): Actor {
  const { administratorId, email } = sessionOf(response);
  return { administratorId, name: email, address: request.ip ?? '' };
}
