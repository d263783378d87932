// GET /v1/models and /v1/models/{id}. Everybody may read them. With a key, they say which models it may use.

import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { messages } from '../../dialects/messages/index.js';
import { renderCodexModels } from '../../dialects/openai/codexModels.js';
import { openai } from '../../dialects/openai/index.js';
import { renderModel } from '../../dialects/openai/models.js';
import { type Model, planCovers } from '../../domain/catalog.js';
import type { License } from '../../domain/license.js';
import { findModel, suggestModels } from '../../domain/modelSearch.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { languageOf } from '../../i18n/language.js';
import { type RefusalForm, refuseUndecodable } from '../kernel/answering.js';
import { keyInHeaders } from '../kernel/credentials.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { newRouter } from '../kernel/router.js';
import { callerAddress } from '../kernel/strangers.js';
import { type ChatRouteDeps, refuseIn } from './exchange.js';
import { ROOTS } from './roots.js';
import { type ModelWire, modelAnswer, modelsAnswer, modelsError } from './wire.js';

export interface ModelRouteDeps extends Pick<ChatRouteDeps, 'chat'> {
  /** The days on which upstreams end models, such as `2027-01-14`, by our id, as known at the moment. */
  endings(): Promise<Map<string, string>>;
}

/** Errors have the form of the client's dialect. Anthropic's clients always send their version. */
const refusals: RefusalForm = {
  schema: modelsError,
  send(request, response, refusal) {
    const isAnthropics = request.headers['anthropic-version'] !== undefined;
    refuseIn(request, response, isAnthropics ? messages : openai, refusal);
  },
};

/** The fields of Anthropic's pages, and the version that Codex sends. */
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  after_id: z.string().optional(),
  before_id: z.string().optional(),
  client_version: z.string().optional(),
});

export function modelRoutes(deps: ModelRouteDeps): Router {
  const router = newRouter();
  mountEndpoints(router, modelEndpoints(deps));
  router.use(refuseUndecodable(refusals, [`${ROOTS[0]}/models`]));
  return router;
}

export function modelEndpoints(deps: ModelRouteDeps): Endpoint[] {
  return ROOTS.flatMap(root => [listModels(root, deps), showModel(root, deps)]);
}

function listModels(root: string, deps: ModelRouteDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: `${root}/models`,
      summary: 'The models; with a key, whether it may use each',
      access: 'public',
      query: listQuery,
      answers: { 200: modelsAnswer },
      refusals,
      noStore: false,
    },
    async ({ answer, request, response, query }) => {
      const render = await rendererFor(request, deps);
      if (typeof render !== 'function') return render;
      const all = [...deps.chat.catalog().models.values()];
      const page = pageOf(all, query);
      if ('kind' in page) return page;
      const { models, hasMore } = page;
      varyByCaller(response);
      return answer(200, {
        object: 'list',
        data: models.map(render),
        has_more: hasMore,
        first_id: models[0]?.id ?? null,
        last_id: models.at(-1)?.id ?? null,
        ...(query.client_version !== undefined && { models: renderCodexModels(all) }),
      });
    },
  );
}

/** All models, unless the client asks for a page. */
function pageOf(
  all: Model[],
  { limit = all.length, after_id, before_id }: z.output<typeof listQuery>,
): { models: Model[]; hasMore: boolean } | Refusal {
  const placeOf = (id: string) => all.findIndex(model => model.id === id);
  const from = after_id === undefined ? 0 : placeOf(after_id) + 1;
  if (after_id !== undefined && from === 0) return refuseField('after_id', 'id of a model');
  const to = before_id === undefined ? all.length : placeOf(before_id);
  if (to === -1) return refuseField('before_id', 'id of a model');
  // A page before a model has the last models before it, not the first of the list.
  const isBackwards = before_id !== undefined && after_id === undefined;
  const within = all.slice(from, to);
  const models = isBackwards ? within.slice(-limit) : within.slice(0, limit);
  return { models, hasMore: models.length < within.length };
}

/** Ids contain slashes. Clients send them as `a%2Fb` or as `a/b`. */
function showModel(root: string, deps: ModelRouteDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: `${root}/models/{+id}`,
      summary: 'One model',
      access: 'public',
      query: null,
      answers: { 200: modelAnswer },
      refusals,
      noStore: false,
    },
    async ({ answer, request, response, params }) => {
      const name = (params.id as string).replace(/\/$/, '');
      const catalog = deps.chat.catalog();
      const model = findModel(catalog, name);
      if (!model) {
        const parameters = { model: name, suggestions: suggestModels(catalog, name) };
        return refuse('model_not_found', 'model_not_found', parameters, { field: 'model' });
      }
      const render = await rendererFor(request, deps);
      if (typeof render !== 'function') return render;
      varyByCaller(response);
      return answer(200, render(model));
    },
  );
}

/** Writes models in the caller's language, for the caller's license. A wrong key is refused. */
async function rendererFor(
  request: Request,
  deps: ModelRouteDeps,
): Promise<((model: Model) => ModelWire) | Refusal> {
  const key = keyInHeaders(request);
  let license: License | undefined;
  if (key !== undefined) {
    const { licenses } = deps.chat;
    const found = licenses.cached(key) ?? (await licenses.read(key, () => callerAddress(request)));
    if (found && 'kind' in found) return found;
    if (!found?.isUsable) return refuse('invalid_license_key', 'license_invalid', {});
    license = found;
  }
  const language = languageOf(request.headers['accept-language'], openai.defaultLanguage);
  const endings = await deps.endings();
  const catalog = deps.chat.catalog();
  return model => {
    const ending = endings.get(model.id) ?? null;
    const { retiresAt } = model;
    const isSooner = ending !== null && (retiresAt === null || ending < retiresAt);
    return renderModel(
      model,
      {
        retiresAt: isSooner ? ending : retiresAt,
        available:
          license &&
          planCovers(catalog, license.plan, model.minimumPlan) &&
          !deps.chat.providers[model.provider].isOff,
        writtenAt: catalog.writtenAt,
      },
      language,
    );
  };
}

/** The answer depends on the language and the license. */
function varyByCaller(response: Response): void {
  // Added to an existing value, such as the origin.
  response.vary('Accept-Language, Authorization, X-API-Key, api-key, Cookie');
}
