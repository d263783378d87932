import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Refusal } from '../../domain/refusal.js';
import type { ShownGrant } from '../../store/grants.js';
import { renderBreakdown, renderGrant } from '../licenseView.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf, requireRole } from './authentication.js';
import { type Answer, answer, answering, refuseMethod } from './respond.js';
import { grantBody } from './schemas.js';
import { readBody, validate } from './validate.js';

/** Where a grant comes from that an administrator gives; the audit log names which one. */
const SOURCE = 'administrator';

/** Giving add-ons and taking them back. */
export function grantRoutes(deps: AdminDeps): Router {
  const router = Router();
  const operator = requireRole(deps, 'operator');
  router.route('/licenses/:id/grants').post(operator, giveGrant(deps)).all(refuseMethod('POST'));
  router
    .route('/licenses/:id/grants/:grant')
    .delete(operator, withdrawGrant(deps))
    .all(refuseMethod('DELETE'));
  return router;
}

function giveGrant(deps: AdminDeps): RequestHandler {
  return answering(async (request, response) => {
    const body = await readBody(request, z.unknown());
    if (body.kind === 'refusal') return body;
    const wanted = validate(body.value, grantBody(body.value));
    if (wanted.kind === 'refusal') return wanted;
    const id = request.params.id as string;
    const actor = actorOf(request, response);
    return shown(deps, id, 201, await deps.grants.grant(id, wanted.value, SOURCE, actor));
  });
}

function withdrawGrant(deps: AdminDeps): RequestHandler {
  return answering(async (request, response) => {
    const { id = '', grant = '' } = request.params as Record<string, string>;
    const actor = actorOf(request, response);
    return shown(deps, id, 200, await deps.grants.withdraw(id, grant, actor));
  });
}

async function shown(
  { ledger }: AdminDeps,
  licenseId: string,
  status: number,
  result: ShownGrant | Refusal,
): Promise<Answer | Refusal> {
  if (result.kind === 'refusal') return result;
  const usage_breakdown = renderBreakdown(await ledger.usage(licenseId));
  return answer(status, { grant: renderGrant(result.grant), usage_breakdown });
}
