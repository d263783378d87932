import { Router } from 'express';
import { refuse } from '../../domain/refusal.js';
import type { AdminDeps } from './adminDeps.js';
import { requireRole } from './authentication.js';
import { answer, answering, refuseMethod } from './respond.js';

/** What the command line does on a stopped server, asked of the running one. */
export function operationRoutes(deps: AdminDeps): Router {
  const router = Router();
  router
    .route('/verify')
    .get(
      requireRole(deps, 'viewer'),
      answering(async () => {
        const problems = await deps.findProblems();
        return answer(200, { ok: problems.length === 0, problems });
      }),
    )
    .all(refuseMethod('GET'));
  router
    .route('/jobs/:name/run')
    .post(
      requireRole(deps, 'owner'),
      answering(async request => {
        const name = request.params.name as string;
        const run = await deps.runJob(name);
        if (run.outcome === 'unknown') return refuse('not_found', 'not_found', { what: 'job' });
        if (run.outcome === 'failed') throw run.error;
        if (run.outcome === 'taken') {
          return refuse('conflict', 'conflict', { reason: 'another process runs this job now.' });
        }
        return answer(200, { name, outcome: run.outcome, result: run.result });
      }),
    )
    .all(refuseMethod('POST'));
  return router;
}
