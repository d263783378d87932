// Whether a license's plan and the catalogue allow the model and the content of a request. Nothing is held yet.

import type { CallRequest } from '../domain/call.js';
import { type Catalog, type Model, planCovers } from '../domain/catalog.js';
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
import { type Refusal, refuse, refuseField } from '../domain/refusal.js';
import type { Trail } from '../domain/trail.js';

export interface Allowed {
  kind: 'allowed';
  /** The request, with the kept responses that it names put in. */
  request: CallRequest;
  license: License;
  /** The requested model, then its fallbacks. */
  models: [Model, ...Model[]];
}

/** Changes nothing but the trail, in which it notes the model. */
export function judge(
  request: CallRequest,
  license: License,
  catalog: Catalog,
  trail: Trail,
): Allowed | Refusal {
  const { plan } = license;
  const model = findModel(catalog, request.model);
  if (!model) {
    const suggestions = suggestModels(catalog, request.model);
    const parameters = { model: request.model, suggestions };
    return refuse('model_not_found', 'model_not_found', parameters, { field: 'model' });
  }
  trail.model = model;
  const { minimumPlan, provider } = model;
  if (!planCovers(catalog, plan, minimumPlan)) {
    return DESCRIPTIONS[provider].isDirect
      ? refuse('model_not_in_plan', 'direct_not_in_plan', { plan, provider, minimumPlan })
      : refuse('model_not_in_plan', 'model_not_in_plan', { plan, model: model.id, minimumPlan });
  }
  const wanted = wantedBy(request, plan);
  const { kind, content, needsTools } = wanted;
  if (model.card.kind !== kind) {
    const parameters = { model: model.id, kind, models: modelsTaking(catalog, wanted) };
    return refuse('content_not_supported', 'kind_not_supported', parameters, { field: 'model' });
  }
  if (request.native && request.native.paths[provider] === undefined) {
    const served = modelsTaking(catalog, wanted).filter(
      id => request.native.paths[(catalog.models.get(id) as Model).provider] !== undefined,
    );
    const parameters = { model: model.id, models: served };
    return refuse('model_not_found', 'form_not_served', parameters, { field: 'model' });
  }
  const untaken = content.filter(modality => !model.card.inputModalities.includes(modality));
  if (untaken.length > 0) {
    const models = modelsTaking(catalog, wanted);
    const parameters = { model: model.id, modalities: untaken, models };
    const field = (request.native && request.needs.contentField) ?? 'messages';
    return refuse('content_not_supported', 'content_not_supported', parameters, { field });
  }
  const unfit = request.native?.unfit?.(model);
  if (unfit) return unfit;
  if (!request.native && content.includes('audio')) {
    const badAudio = findBadAudio(request.messages);
    if (badAudio !== null) return refuseField(badAudio, 'base64');
  }
  if (needsTools && !model.card.features.tools) {
    const models = modelsTaking(catalog, wanted);
    const parameters = { model: model.id, models };
    return refuse('content_not_supported', 'tools_not_supported', parameters, { field: 'tools' });
  }
  return {
    kind: 'allowed',
    request,
    license,
    models: [
      model,
      ...fallbacksOf(model, wanted, catalog).filter(other => !request.native?.unfit?.(other)),
    ],
  };
}

function wantedBy(request: CallRequest, plan: string): Wanted {
  if (request.native) {
    const { needs, native } = request;
    return { plan, kind: native.modelKind, content: needs.content, needsTools: needs.tools };
  }
  const content = modalitiesOf(request.messages);
  return { plan, kind: 'chat', content, needsTools: request.options.tools !== undefined };
}

/** The fallbacks that this plan may use and that accept the request's content. */
function fallbacksOf({ fallbacks }: Model, wanted: Wanted, catalog: Catalog): Model[] {
  return fallbacks
    .flatMap(id => catalog.models.get(id) ?? [])
    .filter(model => takes(catalog, model, wanted));
}
