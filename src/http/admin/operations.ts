import { pipeline } from 'node:stream/promises';
import { validate as isUuid } from 'uuid';
import { isMailAddress } from '../../domain/mailAddress.js';
import { PROVIDERS } from '../../domain/provider.js';
import { refuse } from '../../domain/refusal.js';
import type { AuditFilter } from '../../store/admin/auditLog.js';
import type { JobRun } from '../../store/upkeep/jobLeases.js';
import type { LastFailure } from '../../store/upkeep/upstreamFailures.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { refusalOfFault } from '../kernel/fault.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { auditQuery } from './schemas.js';
import {
  auditAnswer,
  catalogAnswer,
  catalogCheckAnswer,
  type JobRunWire,
  jobRunAnswer,
  jobsAnswer,
  upstreamsAnswer,
  verifyAnswer,
} from './wire.js';

/** Endpoints about the running service itself. */
export function operationEndpoints(deps: AdminDeps): Endpoint[] {
  return [...checkEndpoints(deps), ...jobEndpoints(deps), ...catalogEndpoints(deps)];
}

function checkEndpoints(deps: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/verify',
        summary: 'Proves the ledger',
        access: 'viewer',
        answers: { 200: verifyAnswer },
      },
      async ({ answer }) => {
        const problems = await deps.findProblems();
        return answer(200, { ok: problems.length === 0, problems });
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/upstreams',
        summary: 'Each provider with its last failure, and what its upstream said',
        access: 'viewer',
        answers: { 200: upstreamsAnswer },
      },
      async ({ answer }) => {
        const failures = await deps.upstreamFailures.list();
        const upstreams = PROVIDERS.map(provider => {
          const last = failures.find(failure => failure.provider === provider);
          return { provider, last_failure: last ? renderFailure(last) : null };
        });
        return answer(200, { upstreams });
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/audit',
        summary: 'Every change with who made it, from where, before and after; newest first',
        access: 'viewer',
        query: auditQuery,
        answers: { 200: auditAnswer },
      },
      async ({ answer, query }) => {
        const { key_prefix: keyPrefix, key_last4: keyLast4, subject, ...others } = query;
        const named = subject === undefined ? {} : subjectNamed(subject);
        const page = await deps.auditLog.list({ ...others, keyPrefix, keyLast4, ...named });
        const entries = page.rows.map(entry => ({ ...entry, at: entry.at.toISOString() }));
        return answer(200, { entries, next_cursor: page.nextCursor });
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/backup',
        summary: 'A consistent copy of the whole database',
        access: 'owner',
        answers: { 200: { mediaType: 'application/gzip' } },
      },
      async ({ request, response }) => {
        const backup = await deps.backup(actorOf(request, response));
        if ('kind' in backup) return backup;
        response.setHeader('Content-Type', 'application/gzip');
        response.setHeader('Cache-Control', 'no-store');
        await pipeline(backup, response).catch(error => {
          if (!response.destroyed) throw error;
        });
        return null;
      },
    ),
  ];
}

function renderFailure({ at, model, code, reason, words }: LastFailure) {
  return { at: at.toISOString(), model, code, reason, words };
}

/** Translates the filter `subject`. A license's id or an e-mail address means all changes of that license. */
function subjectNamed(subject: string): Pick<AuditFilter, 'subject' | 'license' | 'email'> {
  if (isUuid(subject)) return { license: subject };
  return isMailAddress(subject) ? { email: subject } : { subject };
}

function jobEndpoints(deps: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/jobs',
        summary: 'Every job with its last run',
        access: 'viewer',
        answers: { 200: jobsAnswer },
      },
      async ({ answer }) => {
        const jobs = (await deps.listJobs()).map(({ name, schedule, lastRun }) => ({
          name,
          schedule,
          last_run: lastRun && renderRun(lastRun),
        }));
        return answer(200, { jobs });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/jobs/{name}/run',
        summary: 'Runs a job now',
        access: 'owner',
        answers: { 200: jobRunAnswer },
      },
      async ({ answer, params }) => {
        const name = params.name as string;
        const run = await deps.runJob(name);
        if (run.outcome === 'unknown') return refuse('not_found', 'not_found', { what: 'job' });
        if (run.outcome === 'failed') return answer(200, failedRun(name, run.error, deps));
        if (run.outcome === 'taken') {
          return refuse('conflict', 'conflict', { reason: 'another process runs this job now.' });
        }
        return answer(200, { name, outcome: run.outcome, result: run.result });
      },
    ),
  ];
}

/** The answer for a job that failed: it did run, so it is no error of the route, unless the database is away. */
function failedRun(name: string, error: unknown, { report }: AdminDeps) {
  if (refusalOfFault(error).code === 'service_unavailable') throw error;
  report(error, { job: name });
  const reason = error instanceof Error ? error.message : String(error);
  return { name, outcome: 'failed' as const, reason };
}

function catalogEndpoints({ catalog, catalogHolder }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/catalog',
        summary: 'What is sold now',
        access: 'viewer',
        answers: { 200: catalogAnswer },
      },
      async ({ answer }) => {
        const { plans, products, models } = catalog();
        return answer(200, {
          plans: [...plans.values()].map(plan => ({ ...plan })),
          products: [...products.values()].map(product => ({ ...product })),
          models: [...models.values()].map(model => ({ ...model })),
        });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/catalog/validate',
        summary: 'Checks the catalogue’s files and changes nothing',
        access: 'viewer',
        answers: { 200: catalogCheckAnswer },
      },
      async ({ answer }) => answer(200, await catalogHolder.check()),
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/catalog/reload',
        summary: 'Puts the catalogue’s files into force, if nothing in them is wrong',
        access: 'owner',
        answers: { 200: catalogCheckAnswer },
      },
      async ({ answer, request, response }) => {
        const reloaded = await catalogHolder.reload(actorOf(request, response));
        if (reloaded.ok) return answer(200, reloaded);
        const reason = `the catalogue has faults: ${reloaded.faults.join('; ')}`;
        return refuse('conflict', 'conflict', { reason });
      },
    ),
  ];
}

function renderRun({ startedAt, finishedAt, outcome, result }: JobRun): JobRunWire {
  const started_at = startedAt.toISOString();
  return { started_at, finished_at: finishedAt?.toISOString() ?? null, outcome, result };
}
