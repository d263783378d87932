// A license, its counters, its grants and what its requests came to, as they stand on the wire.

import { renderUsage } from '../dialects/myaihub.js';
import { perProvider } from '../domain/provider.js';
import { balanceOf, type Usage } from '../domain/quota.js';
import type { GrantView } from '../store/licenses/grants.js';
import type { LicenseDetails } from '../store/licenses/licenses.js';
import type { UsageRow } from '../store/reports/askedDays.js';
import type { DetailedBreakdownWire, GrantWire, LicenseWire, UsageRowWire } from './wire.js';

export function renderLicense(license: LicenseDetails): LicenseWire {
  return {
    id: license.id,
    plan: license.plan,
    status: license.status,
    email: license.email,
    key_prefix: license.keyPrefix,
    key_last4: license.keyLast4,
    created_at: license.createdAt.toISOString(),
    expires_at: license.expiresAt?.toISOString() ?? null,
    note: license.note,
  };
}

export function renderGrant(grant: GrantView): GrantWire {
  return {
    id: grant.id,
    product: grant.product,
    provider: grant.provider,
    units: grant.units,
    remaining: grant.remaining,
    lasts: grant.lasts,
    status: grant.status,
    source: grant.source,
    created_at: grant.createdAt.toISOString(),
  };
}

/** The month, what is left of it, and what it was given by grants. */
export function renderBalance(usage: Usage, grants: GrantView[]) {
  return {
    period: usage.period,
    resets_at: usage.resetsAt.toISOString(),
    ...renderUsage(usage),
    grants: grants.map(renderGrant),
  };
}

/** As chats show it, with what an administrator asks beside: what is held, and where the limit is from. */
export function renderBreakdown(usage: Usage): DetailedBreakdownWire {
  return perProvider(provider => {
    const quota = usage.quotas[provider];
    const { planLimit: plan_limit, held } = quota;
    const addon_limit = quota.addonLimit + quota.grantsUsed + quota.grantsUnspent;
    return { ...balanceOf(quota), held, plan_limit, addon_limit };
  });
}

export function renderUsageRow(row: UsageRow): UsageRowWire {
  return {
    key: row.key,
    requests: row.requests,
    prompt_tokens: row.promptTokens,
    completion_tokens: row.completionTokens,
    cost_microusd: row.costMicrousd,
  };
}
