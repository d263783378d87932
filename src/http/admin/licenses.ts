import { type RequestHandler, Router } from 'express';
import { LICENSE_TRANSITIONS, type LicenseTransition } from '../../domain/license.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { renderBalance, renderBreakdown, renderLicense } from '../licenseView.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf, requireRole } from './authentication.js';
import { type Answer, answer, answering, refuseMethod } from './respond.js';
import { changeBody, issueBody, listQuery, lookupBody, reasonBody } from './schemas.js';
import { readBody, readQuery } from './validate.js';

/** Issuing, finding and changing licenses. */
export function licenseRoutes(deps: AdminDeps): Router {
  const router = Router();
  const viewer = requireRole(deps, 'viewer');
  const operator = requireRole(deps, 'operator');
  router
    .route('/licenses')
    .get(viewer, listLicenses(deps))
    .post(operator, issueLicense(deps))
    .all(refuseMethod('GET, POST'));
  // Keys never stand in URLs, where logs would keep them.
  router.route('/licenses/lookup').post(viewer, lookUpLicense(deps)).all(refuseMethod('POST'));
  router
    .route('/licenses/:id')
    .get(viewer, showLicense(deps))
    .patch(operator, changeLicense(deps))
    .all(refuseMethod('GET, PATCH'));
  for (const transition of Object.keys(LICENSE_TRANSITIONS) as LicenseTransition[]) {
    router
      .route(`/licenses/:id/${transition}`)
      .post(operator, changeState(deps, transition))
      .all(refuseMethod('POST'));
  }
  return router;
}

function issueLicense({ licenses }: AdminDeps): RequestHandler {
  return answering(async (request, response) => {
    const body = await readBody(request, issueBody);
    if (body.kind === 'refusal') return body;
    const { email, plan, note, expires_at: expiresAt } = body.value;
    const wanted = { email, plan, note, expiresAt };
    const issued = await licenses.issue(wanted, actorOf(request, response));
    if (issued.kind === 'refusal') return issued;
    return answer(201, { license: renderLicense(issued.license), key: issued.key });
  });
}

function listLicenses({ licenses }: AdminDeps): RequestHandler {
  return answering(async request => {
    const query = readQuery(request, listQuery);
    if (query.kind === 'refusal') return query;
    const page = await licenses.list(query.value);
    if (page.kind === 'refusal') return page;
    return answer(200, {
      licenses: page.licenses.map(renderLicense),
      next_cursor: page.nextCursor,
    });
  });
}

function lookUpLicense({ licenses }: AdminDeps): RequestHandler {
  return answering(async request => {
    const body = await readBody(request, lookupBody);
    if (body.kind === 'refusal') return body;
    const license = await licenses.lookup(body.value.key.trim());
    return license ? answer(200, { license: renderLicense(license) }) : unknownLicense();
  });
}

function showLicense({ licenses, ledger, grants }: AdminDeps): RequestHandler {
  return answering(async request => {
    const license = await licenses.details(request.params.id as string);
    if (!license) return unknownLicense();
    const usage = await ledger.usage(license.id);
    return answer(200, {
      license: renderLicense(license),
      ...renderBalance(usage, await grants.list(license.id)),
      usage_breakdown: renderBreakdown(usage),
    });
  });
}

function changeLicense({ licenses }: AdminDeps): RequestHandler {
  return answering(async (request, response) => {
    const body = await readBody(request, changeBody);
    if (body.kind === 'refusal') return body;
    const { expires_at: expiresAt, ...others } = body.value;
    const id = request.params.id as string;
    return shown(await licenses.change(id, { ...others, expiresAt }, actorOf(request, response)));
  });
}

function changeState({ licenses }: AdminDeps, transition: LicenseTransition): RequestHandler {
  return answering(async (request, response) => {
    const body = await readBody(request, reasonBody);
    if (body.kind === 'refusal') return body;
    const { reason = '' } = body.value;
    const id = request.params.id as string;
    return shown(await licenses.transition(id, transition, reason, actorOf(request, response)));
  });
}

function shown(result: Awaited<ReturnType<AdminDeps['licenses']['change']>>): Answer | Refusal {
  if (result.kind === 'refusal') return result;
  return answer(200, { license: renderLicense(result.license) });
}

function unknownLicense(): Refusal {
  return refuse('not_found', 'not_found', { what: 'license' });
}
