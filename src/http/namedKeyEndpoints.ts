// Endpoints for the named keys of a license. They are the same for administrators and holders, who only get in
// differently.

import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { PageQuery } from '../domain/page.js';
import type { Actor } from '../store/admin/audit.js';
import type { NamedKeyStore } from '../store/licenses/namedKeys.js';
import {
  DEFAULT_GRACE_SECONDS,
  namedKeyBody,
  namedKeyChangeBody,
  rotateBody,
} from './admin/licenseSchemas.js';
import { type Access, type Endpoint, endpoint } from './kernel/endpoint.js';
import { renderNamedKey } from './licenseView.js';
import {
  namedKeyAnswer,
  namedKeyMadeAnswer,
  namedKeyRotatedAnswer,
  namedKeysAnswer,
} from './wire.js';

/** How callers get in. */
interface Entrance<Query extends z.ZodObject> {
  access: Access;
  before?: RequestHandler[];
  query: Query;
}

interface NamedKeyRoutes<Page extends z.ZodObject, Query extends z.ZodObject> {
  /** The path of the list. A key's id follows it. */
  path: string;
  read: Entrance<Page & z.ZodType<PageQuery>>;
  manage: Entrance<Query>;
  callerOf(
    request: Request,
    response: Response,
    params: Record<string, string>,
  ): { licenseId: string; actor: Actor };
}

export function namedKeyEndpoints<Page extends z.ZodObject, Query extends z.ZodObject>(
  { path, read, manage, callerOf }: NamedKeyRoutes<Page, Query>,
  namedKeys: NamedKeyStore,
): Endpoint[] {
  const ofKey = `${path}/{key}`;
  return [
    endpoint(
      {
        method: 'get',
        path,
        summary: 'A license’s named keys with their limits and this month’s usage, newest first',
        ...read,
        answers: { 200: namedKeysAnswer },
      },
      async ({ answer, request, response, params, query }) => {
        const { licenseId } = callerOf(request, response, params);
        const page = await namedKeys.list(licenseId, query);
        if (page.kind === 'refusal') return page;
        return answer(200, { keys: page.rows.map(renderNamedKey), next_cursor: page.nextCursor });
      },
    ),
    endpoint(
      {
        method: 'post',
        path,
        summary: 'A new named key; its secret is shown this once',
        ...manage,
        body: namedKeyBody,
        answers: { 201: namedKeyMadeAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const { licenseId, actor } = callerOf(request, response, params);
        const { name, limits, rate_limit: rateLimit } = body;
        const made = await namedKeys.create(licenseId, { name, limits, rateLimit }, actor);
        if (made.kind === 'refusal') return made;
        return answer(201, { key: renderNamedKey(made.key), secret: made.secret });
      },
    ),
    endpoint(
      {
        method: 'patch',
        path: ofKey,
        summary:
          'Changes a named key’s name, its limits (null: only the license’s) and requests a minute',
        ...manage,
        body: namedKeyChangeBody,
        answers: { 200: namedKeyAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const { licenseId, actor } = callerOf(request, response, params);
        const { name, limits, rate_limit: rateLimit } = body;
        const changes = { name, limits, rateLimit };
        const changed = await namedKeys.change(licenseId, params.key as string, changes, actor);
        return changed.kind === 'refusal'
          ? changed
          : answer(200, { key: renderNamedKey(changed.key) });
      },
    ),
    endpoint(
      {
        method: 'delete',
        path: ofKey,
        summary: 'Withdraws a named key for good, at once on every replica',
        ...manage,
        answers: { 200: namedKeyAnswer },
      },
      async ({ answer, request, response, params }) => {
        const { licenseId, actor } = callerOf(request, response, params);
        const withdrawn = await namedKeys.withdraw(licenseId, params.key as string, actor);
        return withdrawn.kind === 'refusal'
          ? withdrawn
          : answer(200, { key: renderNamedKey(withdrawn.key) });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: `${ofKey}/rotate`,
        summary: 'A new secret of a named key, shown this once; both work in the grace time',
        ...manage,
        body: rotateBody,
        answers: { 200: namedKeyRotatedAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const { licenseId, actor } = callerOf(request, response, params);
        const { grace_seconds: graceSeconds = DEFAULT_GRACE_SECONDS } = body;
        const key = params.key as string;
        const rotated = await namedKeys.rotate(licenseId, key, graceSeconds, actor);
        if (rotated.kind === 'refusal') return rotated;
        return answer(200, {
          key: renderNamedKey(rotated.key),
          secret: rotated.secret,
          previous_key_valid_until: rotated.previousValidUntil?.toISOString() ?? null,
        });
      },
    ),
  ];
}
