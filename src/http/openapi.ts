// The OpenAPI document of all routes, made of the schemas that check what is sent.

import {
  extendZodWithOpenApi,
  OpenAPIRegistry,
  OpenApiGeneratorV31,
} from '@asteasolutions/zod-to-openapi';
import type { Router } from 'express';
import { z } from 'zod';
import type { Access, OtherAnswer, RouteDescription } from './kernel/endpoint.js';
import { sendJson } from './kernel/respond.js';
import { newRouter } from './kernel/router.js';
import { adminError, myaihubError, openaiError } from './wire.js';

extendZodWithOpenApi(z);

/** `describe` is asked once, at the first request. */
export function openApiRoutes(describe: () => RouteDescription[]): Router {
  let document: unknown;
  const router = newRouter();
  router.get('/openapi.json', (_request, response) => {
    document ??= buildDocument(describe());
    sendJson(response, 200, document);
  });
  return router;
}

export function buildDocument(routes: RouteDescription[]): Record<string, unknown> {
  const registry = new OpenAPIRegistry();
  for (const [name, scheme] of Object.entries(SCHEMES)) {
    registry.registerComponent('securitySchemes', name, scheme);
  }
  for (const route of routes) registry.registerPath(pathOf(route));
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Sahm',
      version: '1',
      description: 'Sells and enforces shares of AI models: one key, exact monthly quotas.',
    },
    servers: [{ url: '/' }],
  });
  return document as unknown as Record<string, unknown>;
}

const SCHEMES = {
  licenseKey: { type: 'http', scheme: 'bearer', description: 'A license key' },
  licenseKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  administrator: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of POST /admin/api/session, or an API token',
  },
} as const;

function pathOf(route: RouteDescription): Parameters<OpenAPIRegistry['registerPath']>[0] {
  const { method, path, summary, access, body, query, answers } = route;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const params = z.object(Object.fromEntries(names.map(name => [name, z.string()])));
  const responses = Object.entries(answers).map(([status, answer]) => [
    status,
    { description: summary, ...(answer && { content: contentOf(answer) }) },
  ]);
  return {
    method,
    path,
    summary,
    operationId: operationIdOf(method, path),
    tags: [tagOf(path)],
    security: securityOf(access),
    ...(access !== 'public' && access !== 'holder' && { description: `Needs the role ${access}.` }),
    request: {
      ...(names.length > 0 && { params }),
      ...(query && { query }),
      ...(body && { body: { content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      ...Object.fromEntries(responses),
      default: {
        description: 'A refusal',
        content: { 'application/json': { schema: errorOf(path) } },
      },
    },
  };
}

function contentOf(answer: z.ZodType | OtherAnswer) {
  if ('mediaType' in answer) {
    const types = answer.mediaType.split(', ');
    const others = types.map(type => [type, { schema: z.string() }]);
    const json = answer.json ? [['application/json', { schema: answer.json }]] : [];
    return Object.fromEntries([...others, ...json]);
  }
  return { 'application/json': { schema: answer } };
}

/** Each dialect has its own form of an error. */
function errorOf(path: string): z.ZodType {
  if (/^(?:\/api)?\/v1\//.test(path)) return openaiError;
  const isMyAiHub = path.startsWith('/api/chat_v3') || path === '/api/license/status';
  return isMyAiHub ? z.union([myaihubError, adminError]) : adminError;
}

function securityOf(access: Access): Array<Record<string, string[]>> {
  if (access === 'public') return [];
  return access === 'holder'
    ? [{ licenseKey: [] }, { licenseKeyHeader: [] }]
    : [{ administrator: [] }];
}

function tagOf(path: string): string {
  if (path.startsWith('/admin/')) return 'administration';
  if (path.startsWith('/api/license')) return 'holder';
  return /chat|\/v1\//.test(path) ? 'chat' : 'service';
}

function operationIdOf(method: string, path: string): string {
  const words = path.split(/[^a-zA-Z0-9_]+/).filter(word => word !== '');
  return [method, ...words].join('_');
}
