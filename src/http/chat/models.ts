// GET /v1/models and /v1/models/{id}. Everybody may read them; with a key they say what it may use.

import type { NextFunction, Request, Response, Router } from 'express';
import { openai } from '../../dialects/openai/index.js';
import { renderModel } from '../../dialects/openai/models.js';
import { type Model, planCovers } from '../../domain/catalog.js';
import type { License } from '../../domain/license.js';
import { findModel, suggestModels } from '../../domain/modelSearch.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { languageOf } from '../../i18n/language.js';
import { keyInHeaders } from '../kernel/credentials.js';
import { sendJson } from '../kernel/respond.js';
import { newRouter } from '../kernel/router.js';
import { type ChatRouteDeps, refuseIn } from './answerChat.js';

export interface ModelRouteDeps extends Pick<ChatRouteDeps, 'chat'> {
  /** When upstreams end models, `2027-01-14` by our id; what is known at the moment. */
  endings(): Promise<Map<string, string>>;
}

export function modelRoutes(deps: ModelRouteDeps): Router {
  const router = newRouter();
  const roots = ['/v1', '/api/v1'];
  router
    .route(roots.map(root => `${root}/models`))
    .get((request, response) => listModels(request, response, deps))
    .all((request, response) => refuseMethod(request, response));
  router
    .route(roots.map(root => `${root}/models/*id`))
    .get((request, response) => showModel(request, response, deps))
    .all((request, response) => refuseMethod(request, response));
  const refuseAddress = (request: Request, response: Response) =>
    refuseIn(
      request,
      response,
      openai,
      refuse('not_found', 'route_not_found', { suggestions: ['/v1/models'] }),
    );
  // Of an id that is no UTF-8.
  router.use(roots, (error: unknown, request: Request, response: Response, next: NextFunction) =>
    error instanceof URIError ? refuseAddress(request, response) : next(error),
  );
  return router;
}

async function listModels(
  request: Request,
  response: Response,
  deps: ModelRouteDeps,
): Promise<void> {
  const render = await rendererFor(request, deps);
  if (typeof render !== 'function') return refuseIn(request, response, openai, render);
  const data = [...deps.chat.catalog().models.values()].map(render);
  send(response, { object: 'list', data, has_more: false });
}

/** Ids contain slashes: they come as `a%2Fb` or as `a/b`. */
async function showModel(
  request: Request,
  response: Response,
  deps: ModelRouteDeps,
): Promise<void> {
  const segments = request.params.id as unknown as string[];
  const name = segments.join('/').replace(/\/$/, '');
  const catalog = deps.chat.catalog();
  const model = findModel(catalog, name);
  if (!model) {
    const parameters = { model: name, suggestions: suggestModels(catalog, name) };
    const refusal = refuse('model_not_found', 'model_not_found', parameters, { field: 'model' });
    return refuseIn(request, response, openai, refusal);
  }
  const render = await rendererFor(request, deps);
  if (typeof render !== 'function') return refuseIn(request, response, openai, render);
  send(response, render(model));
}

/** Writes a model in the caller's language, for the caller's license. A key that is none is refused. */
async function rendererFor(
  request: Request,
  deps: ModelRouteDeps,
): Promise<((model: Model) => Record<string, unknown>) | Refusal> {
  const key = keyInHeaders(request);
  let license: License | undefined;
  if (key !== undefined) {
    const { licenses } = deps.chat;
    const found = licenses.cached(key) ?? (await licenses.read(key, () => request.ip ?? ''));
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

function send(response: Response, body: unknown): void {
  // Both the language and the license change what is said.
  response.setHeader('Vary', 'Accept-Language, Authorization, X-API-Key');
  sendJson(response, 200, body);
}

function refuseMethod(request: Request, response: Response): void {
  const refusal = refuse('method_not_allowed', 'method_not_allowed', { allowed: 'GET' });
  refuseIn(request, response, openai, refusal);
}
