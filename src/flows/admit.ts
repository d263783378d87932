// May this request be sent? Checks license, plan, model and content, then commits the hold.

import type { Catalog, Model } from '../domain/catalog.js';
import { planCovers } from '../domain/catalog.js';
import type { ChatRequest } from '../domain/chat.js';
import { findBadAudio, modalitiesOf } from '../domain/content.js';
import type { License } from '../domain/license.js';
import {
  findModel,
  modelsTaking,
  suggestModels,
  takes,
  type Wanted,
} from '../domain/modelSearch.js';
import { DESCRIPTIONS } from '../domain/provider.js';
import { type RateState, rateOf, type SpentRate } from '../domain/rate.js';
import { type Refusal, refuse, refuseField } from '../domain/refusal.js';
import type {
  ClaimedBy,
  HoldResult,
  HoldWant,
  Idempotency,
  Ledger,
} from '../store/ledger/index.js';
import type { LicenseCache } from '../store/licenses/licenseCache.js';
import type { RateLimits } from '../store/limits/rateLimits.js';

export interface AdmitDeps {
  catalog(): Catalog;
  licenses: LicenseCache;
  ledger: Ledger;
  /** Only used for licenses that have a rate limit. */
  rates: RateLimits;
}

export interface Admission {
  kind: 'admission';
  license: License;
  /** The model that was asked for, then its fallbacks. */
  models: [Model, ...Model[]];
  held: Extract<HoldResult, { kind: 'held' }>;
}

/** Everything but the hold. */
type Allowed = Pick<Admission, 'license' | 'models'> & { kind: 'allowed' };

/** The kept reply of an earlier request with the same Idempotency-Key. */
export interface Replay {
  kind: 'replay';
  kept: Buffer;
}

/**
 * The first attempt uses a cached license, later ones a fresh one. An attempt fails if somebody changes the
 * license between reading it and the hold. On the embedded database everybody takes turns, so each of several
 * changes that come together can cost one more attempt.
 */
const MOST_ATTEMPTS = 12;

/** What is known of a request besides its body. */
export interface Arrival {
  /** A UUID of version 7: the request's id, also towards the upstream. */
  holdId: string;
  idempotency: Idempotency | null;
  /** Called with the state of the license's rate limit, before anything is written. */
  rated(rate: RateState): void;
  /** The caller's network address; called only where the key has to be looked up. */
  address(): string;
}

/** Everything up to the committed hold. Never refuses only because of what the cache says. */
export async function admit(
  request: ChatRequest,
  { holdId, idempotency, rated, address }: Arrival,
  deps: AdmitDeps,
): Promise<Admission | Replay | Refusal> {
  let spent: SpentRate | undefined;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const cached = attempt === 1 ? deps.licenses.cached(request.licenseKey) : undefined;
    const license = cached ?? (await deps.licenses.read(request.licenseKey, address));
    if (license && 'kind' in license) return license;
    if (!license?.isUsable) return refuse('invalid_license_key', 'license_invalid', {});
    if (license.rateLimit !== null) spent ??= await deps.rates.spend(license.id);
    const verdict = rateOf(license, spent, rated) ?? judge(request, license, deps.catalog());
    if (verdict.kind === 'refusal') {
      if (cached) continue;
      const usage = await deps.ledger.usage(license.id);
      return { ...verdict, plan: license.plan, usage, charged: 0 };
    }
    const want = wantOf(holdId, license, verdict.models[0]);
    const held = idempotency
      ? await deps.ledger.holdOnce({ idempotency, ...want })
      : await deps.ledger.hold(want);
    if (held.kind === 'held') return { kind: 'admission', license, models: verdict.models, held };
    if (held.kind === 'claimed') return claimed(held);
    if (held.kind === 'full') return full(held, want);
  }
  const more = { retryAfterSeconds: 1, charged: 0 };
  return refuse('service_unavailable', 'service_unavailable', {}, more);
}

/** Whether this license may use this model for this content. A pure function. */
function judge(request: ChatRequest, license: License, catalog: Catalog): Allowed | Refusal {
  const { plan } = license;
  const model = findModel(catalog, request.model);
  if (!model) {
    const suggestions = suggestModels(catalog, request.model);
    const parameters = { model: request.model, suggestions };
    return refuse('model_not_found', 'model_not_found', parameters, { field: 'model' });
  }
  const { minimumPlan, provider } = model;
  if (!planCovers(catalog, plan, minimumPlan)) {
    return DESCRIPTIONS[provider].isDirect
      ? refuse('model_not_in_plan', 'direct_not_in_plan', { plan, provider, minimumPlan })
      : refuse('model_not_in_plan', 'model_not_in_plan', { plan, model: model.id, minimumPlan });
  }
  const content = modalitiesOf(request.messages);
  const needsTools = request.options.tools !== undefined;
  const wanted: Wanted = { plan, content, needsTools };
  const untaken = content.filter(modality => !model.card.inputModalities.includes(modality));
  if (untaken.length > 0) {
    const models = modelsTaking(catalog, wanted);
    const parameters = { model: model.id, modalities: untaken, models };
    return refuse('content_not_supported', 'content_not_supported', parameters, {
      field: 'messages',
    });
  }
  const badAudio = content.includes('audio') ? findBadAudio(request.messages) : null;
  if (badAudio !== null) return refuseField(badAudio, 'base64');
  if (needsTools && !model.card.features.tools) {
    const models = modelsTaking(catalog, wanted);
    const parameters = { model: model.id, models };
    return refuse('content_not_supported', 'tools_not_supported', parameters, { field: 'tools' });
  }
  return {
    kind: 'allowed',
    license,
    models: [model, ...fallbacksOf(model, wanted, catalog)],
  };
}

/** Those of the fallbacks that this plan may use and that take what the request has. */
function fallbacksOf({ fallbacks }: Model, wanted: Wanted, catalog: Catalog): Model[] {
  return fallbacks
    .flatMap(id => catalog.models.get(id) ?? [])
    .filter(model => takes(catalog, model, wanted));
}

function wantOf(holdId: string, license: License, model: Model): HoldWant {
  const { id: licenseId, keyId, version } = license;
  const { provider, units } = model;
  return { holdId, licenseId, keyId, version, provider, units, model: model.id };
}

function full(held: Extract<HoldResult, { kind: 'full' }>, { provider }: HoldWant): Refusal {
  const { usage, reserved } = held;
  const about = { plan: usage.plan, usage, provider, charged: 0 };
  return reserved
    ? refuse('quota_reserved', 'quota_exhausted', { provider }, { ...about, retryAfterSeconds: 1 })
    : refuse('quota_exhausted', 'quota_exhausted', { provider }, about);
}

function claimed(by: ClaimedBy): Replay | Refusal {
  switch (by.how) {
    case 'replied':
      return { kind: 'replay', kept: by.reply };
    case 'mismatch':
      return refuse('idempotency_mismatch', 'idempotency_mismatch', {}, { charged: 0 });
    case 'lost':
      return refuse('conflict', 'idempotency_reply_lost', {}, { charged: 0 });
    case 'under_way': {
      const more = { retryAfterSeconds: 1, charged: 0 };
      return refuse('idempotency_in_progress', 'idempotency_in_progress', {}, more);
    }
  }
}
