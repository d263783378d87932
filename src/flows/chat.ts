// The story of a request: license, model, content, hold, provider, post. What is refused is a value;
// what nobody could foresee is thrown. The table of who pays stands in the README.

import type { Catalog, Model } from '../domain/catalog.js';
import { planCovers } from '../domain/catalog.js';
import type { ChatRequest, UpstreamAnswer, UpstreamFailure } from '../domain/chat.js';
import { modalitiesOf } from '../domain/content.js';
import type { License } from '../domain/license.js';
import { findModel, modelsTaking, suggestModels } from '../domain/modelSearch.js';
import type { PerProvider } from '../domain/provider.js';
import type { Usage } from '../domain/quota.js';
import { type RateState, rateOf, type SpentRate } from '../domain/rate.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import type { ChatProvider } from '../providers/port.js';
import type { Ledger, SettleWant } from '../store/ledger/index.js';
import type { LicenseCache } from '../store/licenseCache.js';
import type { RateLimits } from '../store/rateLimits.js';

export interface ChatDeps {
  catalog(): Catalog;
  licenses: LicenseCache;
  ledger: Ledger;
  /** Asked only of licenses that have a rate limit. */
  rates: RateLimits;
  providers: PerProvider<ChatProvider>;
  /** Told of what an operator must mend: a refused upstream key, a model that is gone. */
  alert(problem: string, details: Record<string, unknown>): void;
}

export interface ChatReply {
  kind: 'reply';
  answer: UpstreamAnswer;
  model: Model;
  /** The counters right after this request. */
  usage: Usage;
  /** Of a license with a rate limit. */
  rate?: RateState;
}

/** The caller closed the connection before the upstream answered: nobody waits, nothing is charged. */
export interface ClientLeft {
  kind: 'client_left';
}

interface Admission {
  kind: 'admission';
  license: License;
  model: Model;
  rate?: RateState;
}

/** A cached license first; then, when the database knows better, a fresh one. */
const ATTEMPTS = [{ fresh: false }, { fresh: true }, { fresh: true }];

/**
 * Answers one chat. `holdId` is a UUID of version 7, the request's id from here to the upstream;
 * `signal` is aborted when the client leaves.
 */
export async function chat(
  request: ChatRequest,
  holdId: string,
  signal: AbortSignal,
  deps: ChatDeps,
): Promise<ChatReply | Refusal | ClientLeft> {
  const admission = await admit(request, holdId, deps);
  if (admission.kind === 'refusal') return admission;
  const { model, rate } = admission;
  const withRate = rate && { rate };

  let answer: UpstreamAnswer | UpstreamFailure;
  try {
    const { upstreamId, reasoning } = model;
    const { messages, options } = request;
    const call = { holdId, upstreamId, reasoning, messages, options };
    answer = await deps.providers[model.provider].complete(call, signal);
  } catch (error) {
    await deps.ledger.settle({ holdId, outcome: 'voided', reason: 'client_left' });
    if (signal.aborted) return { kind: 'client_left' };
    throw error;
  }

  if (answer.kind === 'failure') {
    if (answer.alert) deps.alert(answer.alert, { model: model.id, reason: answer.reason, holdId });
    const voided: SettleWant = { holdId, outcome: 'voided', reason: answer.reason };
    return { ...refusalOfFailure(answer, await settle(voided, deps)), ...withRate };
  }
  const usage = await settle(
    { holdId, outcome: 'posted', reason: 'success', ...answer.tokens },
    deps,
  );
  // An answer whose post was refused is not delivered: it would be free.
  if (!usage)
    return refuse('service_unavailable', 'service_unavailable', {}, { retryAfterSeconds: 1 });
  return { kind: 'reply', answer, model, usage, ...withRate };
}

/** Up to the committed hold. No refusal is spoken on the word of the cache alone. */
async function admit(
  request: ChatRequest,
  holdId: string,
  deps: ChatDeps,
): Promise<Admission | Refusal> {
  let spent: SpentRate | undefined;
  for (const { fresh } of ATTEMPTS) {
    const found = await deps.licenses.find(request.licenseKey, { fresh });
    if (!found?.license.isUsable) return refuse('invalid_license_key', 'license_invalid', {});
    const { license, isFresh } = found;
    if (license.rateLimit !== null) spent ??= await deps.rates.spend(license.id);
    const rated = rateOf(license, spent);
    if (rated.kind === 'refusal') {
      if (!isFresh) continue;
      return { ...rated, plan: license.plan, usage: await deps.ledger.usage(license.id) };
    }
    const { withRate } = rated;
    const verdict = judge(request, license, deps.catalog());
    if (verdict.kind === 'refusal') {
      if (!isFresh) continue;
      return {
        ...verdict,
        ...withRate,
        plan: license.plan,
        usage: await deps.ledger.usage(license.id),
      };
    }
    const { id: licenseId, keyId, version } = license;
    const { id: model, provider, units } = verdict.model;
    const hold = await deps.ledger.hold({
      holdId,
      licenseId,
      keyId,
      version,
      provider,
      units,
      model,
    });
    if (hold.kind === 'held') return { ...verdict, ...withRate };
    if (hold.kind === 'full') {
      const { usage, reserved } = hold;
      const about = { plan: usage.plan, usage, provider, ...withRate };
      return reserved
        ? refuse(
            'quota_reserved',
            'quota_exhausted',
            { provider },
            { ...about, retryAfterSeconds: 1 },
          )
        : refuse('quota_exhausted', 'quota_exhausted', { provider }, about);
    }
  }
  return refuse('service_unavailable', 'service_unavailable', {}, { retryAfterSeconds: 1 });
}

/** May this license use this model for this content? Pure. */
function judge(request: ChatRequest, license: License, catalog: Catalog): Admission | Refusal {
  const { plan } = license;
  const model = findModel(catalog, request.model);
  if (!model) {
    const suggestions = suggestModels(catalog, request.model);
    const parameters = { model: request.model, suggestions };
    return refuse('model_not_found', 'model_not_found', parameters, { field: 'model' });
  }
  const { minimumPlan } = model;
  if (!planCovers(catalog, plan, minimumPlan)) {
    const isDirect = model.provider === 'openai';
    return isDirect
      ? refuse('model_not_in_plan', 'openai_not_in_plan', { plan })
      : refuse('model_not_in_plan', 'model_not_in_plan', { plan, model: model.id, minimumPlan });
  }
  const modalities = modalitiesOf(request.messages);
  for (const modality of modalities) {
    if (model.card.inputModalities.includes(modality)) continue;
    const models = modelsTaking(catalog, plan, modalities);
    return refuse('content_not_supported', 'content_not_supported', {
      model: model.id,
      modality,
      models,
    });
  }
  return { kind: 'admission', license, model };
}

/** The counters right after the hold ended as wanted, or null when it had ended before. */
async function settle(want: SettleWant, deps: ChatDeps): Promise<Usage | null> {
  const settled = await deps.ledger.settle(want);
  if (settled.kind === 'ended') return settled.usage;
  deps.alert('a hold had ended before its request', { holdId: want.holdId, state: settled.state });
  return null;
}

/** The words for the caller; why in truth is in the log and with the hold. */
function refusalOfFailure(failure: UpstreamFailure, usage: Usage | null): Refusal {
  const { code, retryAfterSeconds } = failure;
  const more = {
    ...(usage && { usage, plan: usage.plan }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
  return code === 'invalid_request'
    ? refuse(code, 'upstream_rejected', { detail: failure.detail ?? '' }, more)
    : refuse(code, code, {}, more);
}
