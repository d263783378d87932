// The holder's own view of a license, for whoever has its key. The key itself is never shown.

import { Router } from 'express';
import { refuse } from '../domain/refusal.js';
import type { AdminDeps } from './admin/adminDeps.js';
import { answer, answering, refuseMethod } from './admin/respond.js';
import { keyInHeaders } from './credentials.js';
import { renderBalance } from './licenseView.js';

export type HolderDeps = Pick<AdminDeps, 'licenses' | 'grants' | 'ledger'>;

export function holderRoutes({ licenses, grants, ledger }: HolderDeps): Router {
  const router = Router();
  router
    .route('/api/license')
    .get(
      answering(async request => {
        const license = await licenses.findByKey(keyInHeaders(request) ?? '');
        // A suspended or expired license is shown: its holder may know why it does not work.
        if (!license || license.state === 'revoked') {
          return refuse('invalid_license_key', 'license_invalid', {});
        }
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
  return router;
}
