// The holder's own view of a license, for whoever has its key. The key itself is never shown.

import { type Request, Router } from 'express';
import type { License } from '../domain/license.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import type { UsageQuery, UsageReport } from '../store/usageReport.js';
import type { AdminDeps } from './admin/adminDeps.js';
import { type Answer, answer, answering, refuseMethod } from './admin/respond.js';
import { keyInHeaders } from './credentials.js';
import { renderBalance } from './licenseView.js';
import { parseUsageQuery, renderUsageRow } from './usageReport.js';

export interface HolderDeps extends Pick<AdminDeps, 'licenses' | 'grants' | 'ledger'> {
  usageReport(licenseId: string, query: UsageQuery): Promise<UsageReport>;
}

export function holderRoutes(deps: HolderDeps): Router {
  const { licenses, grants, ledger } = deps;
  const router = Router();
  router
    .route('/api/license')
    .get(
      answering(async request => {
        const license = await licenseOf(request, licenses);
        if (license.kind === 'refusal') return license;
        const usage = await ledger.usage(license.id);
        return answer(200, {
          plan: license.plan,
          status: license.state,
          expires_at: license.expiresAt?.toISOString() ?? null,
          ...renderBalance(usage, await grants.list(license.id)),
        });
      }),
    )
    .all(refuseMethod('GET'));
  router
    .route('/api/license/usage')
    .get(answering(request => showUsage(request, deps)))
    .all(refuseMethod('GET'));
  return router;
}

/** A suspended or expired license is shown: its holder may know why it does not work. */
async function licenseOf(
  request: Request,
  licenses: HolderDeps['licenses'],
): Promise<(License & { kind: 'license' }) | Refusal> {
  const license = await licenses.findByKey(keyInHeaders(request) ?? '');
  if (!license || license.state === 'revoked') {
    return refuse('invalid_license_key', 'license_invalid', {});
  }
  return { ...license, kind: 'license' };
}

/** `?from&to&group=day|model|provider`: whole days in the quota's time zone, both included. */
async function showUsage(request: Request, deps: HolderDeps): Promise<Answer | Refusal> {
  const license = await licenseOf(request, deps.licenses);
  if (license.kind === 'refusal') return license;
  const query = parseUsageQuery(request.query);
  if ('kind' in query) return query;
  const { from, to, rows } = await deps.usageReport(license.id, query);
  return answer(200, { from, to, group: query.group, rows: rows.map(renderUsageRow) });
}
