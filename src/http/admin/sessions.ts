import { Router } from 'express';
import { refuse } from '../../domain/refusal.js';
import type { AdminDeps } from './adminDeps.js';
import { requireRole, sessionOf, signToken, TOKEN_SECONDS } from './authentication.js';
import { answer, answering, refuseMethod } from './respond.js';
import { sessionBody } from './schemas.js';
import { readBody } from './validate.js';

/** Signing in and out. A session lives as long as its token. */
export function sessionRoutes(deps: AdminDeps): Router {
  const { administrators, jwtSecret } = deps;
  const router = Router();
  router
    .route('/session')
    .post(
      answering(async request => {
        const body = await readBody(request, sessionBody);
        if (body.kind === 'refusal') return body;
        // The place to count failures by account and address, before the password is compared.
        const { email, password } = body.value;
        const session = await administrators.signIn(email, password, TOKEN_SECONDS);
        if (!session) return refuse('unauthenticated', 'sign_in_failed', {});
        const { token, expiresAt } = signToken(session, jwtSecret);
        const expires_at = expiresAt.toISOString();
        return answer(200, { token, token_type: 'Bearer', expires_at, role: session.role });
      }),
    )
    .delete(
      requireRole(deps, 'viewer'),
      answering(async (_request, response) => {
        await administrators.endSession(sessionOf(response).sessionId);
        return answer(204, null);
      }),
    )
    .all(refuseMethod('POST, DELETE'));
  return router;
}
