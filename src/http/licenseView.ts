// Licenses, their counters, grants and usage in the form of the wire.

import { renderUsage } from '../dialects/myaihub.js';
import { perProvider, type QuotaKey, shownLimits, WALLET } from '../domain/provider.js';
import { balanceOfProvider, type Usage } from '../domain/quota.js';
import type { GrantView } from '../store/licenses/grants.js';
import type { FoundKey, FoundLicense, LicenseDetails } from '../store/licenses/licenses.js';
import type { NamedKeyView } from '../store/licenses/namedKeys.js';
import type { UsageRow } from '../store/reports/askedDays.js';
import type { OwnLicenseWire } from './buyer/wire.js';
import type {
  DetailedBreakdownWire,
  FoundKeyWire,
  FoundLicenseWire,
  GrantWire,
  LicenseWire,
  NamedKeyWire,
  UsageRowWire,
} from './wire.js';

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
    ...(license.planUntil && { plan_until: license.planUntil.toISOString() }),
    ...(license.planAfter !== null && { plan_after: license.planAfter }),
  };
}

/** With the keys by which it was found, if it was found by a key. */
export function renderFound(license: FoundLicense): FoundLicenseWire {
  const matched = license.foundBy.map(renderFoundKey);
  return { ...renderLicense(license), ...(matched.length > 0 && { matched_keys: matched }) };
}

export function renderFoundKey({ name, last4, state, validUntil }: FoundKey): FoundKeyWire {
  return { name, key_last4: last4, state, valid_until: validUntil?.toISOString() ?? null };
}

/** Leaves out the note, which is only for administrators. */
export function renderOwnLicense(license: LicenseDetails): OwnLicenseWire {
  const { note: _, ...shown } = renderLicense(license);
  return shown;
}

/** A license's own limits, and when they end. The wallet's limit only appears if there is one. */
export function renderLimits({ limits, limitEnds }: LicenseDetails) {
  const hasWallet = limits.all !== null;
  const endOf = (quota: QuotaKey) => limitEnds[quota]?.toISOString() ?? null;
  return {
    limits: shownLimits(limits),
    limits_until: { ...perProvider(endOf), ...(hasWallet && { all: endOf(WALLET) }) },
  };
}

export function renderGrant(grant: GrantView): GrantWire {
  return {
    id: grant.id,
    product: grant.product,
    provider: grant.provider,
    units: grant.units,
    ...(grant.provider === WALLET && { unit: 'microusd' as const }),
    remaining: grant.remaining,
    lasts: grant.lasts,
    status: grant.status,
    source: grant.source,
    created_at: grant.createdAt.toISOString(),
    ...(grant.expiresAt && { expires_at: grant.expiresAt.toISOString() }),
  };
}

/** The wallet only appears if the key has a limit of it, or used it. */
export function renderNamedKey(key: NamedKeyView): NamedKeyWire {
  const hasWallet = key.limits.all !== null || key.usage.all !== null;
  return {
    id: key.id,
    name: key.name,
    state: key.state,
    key_prefix: key.keyPrefix,
    key_last4: key.keyLast4,
    limits: shownLimits(key.limits),
    rate_limit: key.rateLimit,
    period: key.period,
    usage: {
      ...perProvider(of => usageOf(key, of)),
      ...(hasWallet && { all: usageOf(key, WALLET) }),
    },
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    withdrawn_at: key.withdrawnAt?.toISOString() ?? null,
  };
}

function usageOf({ usage, limits }: NamedKeyView, quota: QuotaKey) {
  const { used, held } = usage[quota] ?? { used: 0, held: 0 };
  const limit = limits[quota];
  return { used, held, limit, remaining: limit === null ? null : Math.max(0, limit - used) };
}

/** The balance of the month, with the grants. */
export function renderBalance(usage: Usage, grants: GrantView[]) {
  return {
    period: usage.period,
    resets_at: usage.resetsAt.toISOString(),
    ...renderUsage(usage),
    grants: grants.map(renderGrant),
  };
}

/** The breakdown as chats show it, with what is held and where the limit comes from. */
export function renderBreakdown(usage: Usage): DetailedBreakdownWire {
  return perProvider(provider => {
    const quota = usage.wallet?.quota ?? usage.quotas[provider];
    const { planLimit: plan_limit, held } = quota;
    const addon_limit = quota.addonLimit + quota.grantsUsed + quota.grantsUnspent;
    return { ...balanceOfProvider(usage, provider), held, plan_limit, addon_limit };
  });
}

export function renderUsageRow(row: UsageRow): UsageRowWire {
  return {
    key: row.key,
    requests: row.requests,
    prompt_tokens: row.promptTokens,
    completion_tokens: row.completionTokens,
    cost_microusd: row.costMicrousd,
    ...(row.name != null && { name: row.name }),
  };
}
