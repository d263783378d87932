// The OpenAPI document of all routes, made from the schemas that check requests.

import {
  extendZodWithOpenApi,
  OpenAPIRegistry,
  OpenApiGeneratorV31,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { ADMIN_REFUSALS } from './kernel/answering.js';
import {
  type Access,
  type Endpoint,
  endpoint,
  type OtherAnswer,
  type RouteDescription,
} from './kernel/endpoint.js';
import { sendJsonText } from './kernel/respond.js';
import { type DocumentWire, documentAnswer } from './wire.js';

extendZodWithOpenApi(z);

export const OPENAPI_PATH = '/openapi.json';

export interface OpenApi {
  endpoint: Endpoint;
  /** The document as it is sent. Made at the first call, which takes a tenth of a second. */
  document(): Uint8Array;
}

/** `describe` returns all other routes. */
export function openApiOf(describe: () => RouteDescription[]): OpenApi {
  // Made once: if each request made it anew, strangers could keep the process busy.
  let made: Uint8Array | undefined;
  const document = () => {
    made ??= Buffer.from(JSON.stringify(buildDocument([...describe(), itself])));
    return made;
  };
  const itself = endpoint(
    {
      method: 'get',
      path: OPENAPI_PATH,
      summary: 'This document',
      access: 'public',
      query: null,
      answers: { 200: documentAnswer },
      noStore: false,
    },
    async ({ response }) => {
      sendJsonText(response, 200, document());
      return null;
    },
  );
  return { endpoint: itself, document };
}

export function buildDocument(routes: RouteDescription[]): DocumentWire {
  const registry = new OpenAPIRegistry();
  for (const [name, scheme] of Object.entries(SCHEMES)) {
    registry.registerComponent('securitySchemes', name, scheme);
  }
  for (const route of routes) registry.registerPath(pathOf(route));
  const generator = new OpenApiGeneratorV31(registry.definitions);
  const document = generator.generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Sahm',
      version: '1',
      description: 'Sells and enforces shares of AI models: one key, exact monthly quotas.',
    },
    servers: [{ url: '/' }],
  });
  return { ...document };
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
  const { method, summary, access, body, query, answers, refusals = ADMIN_REFUSALS } = route;
  const { bodyType = 'application/json', choices = {} } = route;
  const path = route.path.replaceAll('{+', '{');
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const params = z.object(
    Object.fromEntries(
      names.map(name => [name, choices[name] ? z.enum(choices[name]) : z.string()]),
    ),
  );
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
      ...(body && { body: { content: { [bodyType]: { schema: body } } } }),
    },
    responses: {
      ...Object.fromEntries(responses),
      default: {
        description: 'A refusal',
        content: { 'application/json': { schema: refusals.schema } },
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
