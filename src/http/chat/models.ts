// GET /v1/models and /v1/models/{id}. Everybody may read them; with a key they say what it may use.

import type { NextFunction, Request, Response, Router } from 'express';
import { openai } from '../../dialects/openai/index.js';
import { renderModel } from '../../dialects/openai/models.js';
import { type Model, planCovers } from '../../domain/catalog.js';
import type { License } from '../../domain/license.js';
import { findModel, suggestModels } from '../../domain/modelSearch.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { languageOf } from '../../i18n/language.js';
import type { RefusalForm } from '../kernel/answering.js';
import { keyInHeaders } from '../kernel/credentials.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { newRouter } from '../kernel/router.js';
import { callerAddress } from '../kernel/strangers.js';
import { type ModelWire, modelAnswer, modelsAnswer, openaiError } from '../wire.js';
import { type ChatRouteDeps, refuseIn } from './answerChat.js';

export interface ModelRouteDeps extends Pick<ChatRouteDeps, 'chat'> {
  /** When upstreams end models, `2027-01-14` by our id; what is known at the moment. */
  endings(): Promise<Map<string, string>>;
}

const ROOTS = ['/v1', '/api/v1'];

/** Whoever comes with an OpenAI client understands only its errors. */
const refusals: RefusalForm = {
  schema: openaiError,
  send: (request, response, refusal) => refuseIn(request, response, openai, refusal),
};

export function modelRoutes(deps: ModelRouteDeps): Router {
  const router = newRouter();
  mountEndpoints(router, modelEndpoints(deps));
  const refuseAddress = (request: Request, response: Response) =>
    refusals.send(
      request,
      response,
      refuse('not_found', 'route_not_found', { suggestions: [`${ROOTS[0]}/models`] }),
    );
  // Of an id that is no UTF-8.
  router.use(ROOTS, (error: unknown, request: Request, response: Response, next: NextFunction) =>
    error instanceof URIError ? refuseAddress(request, response) : next(error),
  );
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
      query: null,
      answers: { 200: modelsAnswer },
      refusals,
      noStore: false,
    },
    async ({ answer, request, response }) => {
      const render = await rendererFor(request, deps);
      if (typeof render !== 'function') return render;
      const data = [...deps.chat.catalog().models.values()].map(render);
      varyByCaller(response);
      return answer(200, { object: 'list', data, has_more: false });
    },
  );
}

/** Ids contain slashes: they come as `a%2Fb` or as `a/b`. */
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

/** Writes a model in the caller's language, for the caller's license. A key that is none is refused. */
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
        available: license && planCovers(catalog, license.plan, model.minimumPlan),
      },
      language,
    );
  };
}

/** Both the language and the license change what is said. */
function varyByCaller(response: Response): void {
  // Beside what it varies by already, as the origin of a page.
  response.vary('Accept-Language, Authorization, X-API-Key');
}
