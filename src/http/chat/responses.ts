// Kept responses: GET and DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items.

import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { responses } from '../../dialects/responses/index.js';
import { renderInput, renderKept, requestIdOf } from '../../dialects/responses/kept.js';
import type { KeptResponse } from '../../domain/native.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type RefusalForm, refuseUndecodable } from '../kernel/answering.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { newRouter } from '../kernel/router.js';
import { askerOf } from './asker.js';
import { type ChatRouteDeps, refuseIn } from './exchange.js';
import { ROOTS } from './roots.js';
import { inputItemsAnswer, keptResponse, openaiError, responseDeleted } from './wire.js';

type KeptRouteDeps = Pick<ChatRouteDeps, 'chat'>;

const refusals: RefusalForm = {
  schema: openaiError,
  send: (request, response, refusal) => refuseIn(request, response, responses, refusal),
};

export function keptResponseRoutes(deps: KeptRouteDeps): Router {
  const router = newRouter();
  // Not the id of a response, but a path of OpenAI that is not served.
  const compact = ROOTS.map(root => `${root}/responses/compact`);
  router.use(compact, (_request, _response, next) => next('router'));
  mountEndpoints(router, keptResponseEndpoints(deps));
  router.use(refuseUndecodable(refusals));
  return router;
}

export function keptResponseEndpoints(deps: KeptRouteDeps): Endpoint[] {
  return ROOTS.flatMap(root => {
    const path = `${root}/responses/{id}`;
    return [showResponse(path, deps), removeResponse(path, deps), listInput(path, deps)];
  });
}

/** It is kept as a whole. A client that waits for events would take a whole response for an empty stream. */
const showQuery = z.object({ stream: z.literal('false').optional() });

function showResponse(path: string, deps: KeptRouteDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path,
      summary: 'A response that is kept',
      access: 'holder',
      query: showQuery,
      answers: { 200: keptResponse },
      refusals,
    },
    async ({ answer, request, response, params }) => {
      const found = await findKept(request, response, params.id as string, deps);
      return 'kind' in found ? found : answer(200, keptResponse.parse(renderKept(found)));
    },
  );
}

function removeResponse(path: string, deps: KeptRouteDeps): Endpoint {
  return endpoint(
    {
      method: 'delete',
      path,
      summary: 'Removes a response that is kept, and its input',
      access: 'holder',
      query: null,
      answers: { 200: responseDeleted },
      refusals,
    },
    async ({ answer, request, response, params }) => {
      const licenseId = await askerOf(request, response, deps);
      if (typeof licenseId !== 'string') return licenseId;
      const responseId = params.id as string;
      const id = requestIdOf(responseId);
      const isRemoved = id !== undefined && (await deps.chat.kept.remove(licenseId, id));
      if (!isRemoved) return NOT_FOUND;
      return answer(200, { id: responseId, object: 'response', deleted: true });
    },
  );
}

const inputQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
});

function listInput(path: string, deps: KeptRouteDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: `${path}/input_items`,
      summary: 'What a response that is kept has answered',
      access: 'holder',
      query: inputQuery,
      answers: { 200: inputItemsAnswer },
      refusals,
    },
    async ({ answer, request, response, params, query: { limit, order, after } }) => {
      const found = await findKept(request, response, params.id as string, deps);
      if ('kind' in found) return found;
      const items = renderInput(found);
      if (order === 'desc') items.reverse();
      const rest = items.slice(items.findIndex(({ id }) => id === after) + 1);
      const data = inputItemsAnswer.shape.data.parse(rest.slice(0, limit));
      return answer(200, {
        object: 'list',
        data,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
        has_more: rest.length > limit,
      });
    },
  );
}

const NOT_FOUND = refuse('not_found', 'not_found', { what: 'response' });

/** Another license's response counts as not found. So does one without its input, because no call can continue it. */
async function findKept(
  request: Request,
  response: Response,
  responseId: string,
  deps: KeptRouteDeps,
): Promise<KeptResponse | Refusal> {
  const licenseId = await askerOf(request, response, deps);
  if (typeof licenseId !== 'string') return licenseId;
  const id = requestIdOf(responseId);
  if (id === undefined || !deps.chat.kept.isOn) return NOT_FOUND;
  const [kept] = await deps.chat.kept.find(licenseId, { id, itemIds: [] });
  return kept?.input ? kept : NOT_FOUND;
}
