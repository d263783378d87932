// Checks every answer that a test gets against the OpenAPI document of the service itself.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}

export interface AnswerCheck {
  /** Reads the service's document. Nothing is checked before that. */
  learn(url: string): Promise<void>;
  /** What did not match the document. */
  faults(): string[];
}

export function watchAnswers(server: Server): AnswerCheck {
  const faults = new Set<string>();
  let check: ((method: string, path: string, answer: SeenAnswer) => string | null) | undefined;
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    // Routers change the request's URL while they handle it.
    const [written = ''] = (request.url ?? '').split('?');
    // Slashes that came twice count once.
    const path = written.replace(/\/{2,}/g, '/');
    const { end, write, writeHead } = response;
    let typeInHead: unknown;
    response.writeHead = function (this: ServerResponse, ...parameters: unknown[]) {
      const headers = parameters.at(-1) as Record<string, unknown> | undefined;
      typeInHead = headers?.['Content-Type'];
      return Reflect.apply(writeHead, this, parameters);
    } as typeof writeHead;
    response.write = function (this: ServerResponse, ...parameters: unknown[]) {
      if (parameters[0]) chunks.push(Buffer.from(parameters[0] as string));
      return Reflect.apply(write, this, parameters);
    } as typeof write;
    response.end = function (this: ServerResponse, ...parameters: unknown[]) {
      const [chunk] = parameters;
      if (chunk && typeof chunk !== 'function') chunks.push(Buffer.from(chunk as string));
      const answer = {
        status: response.statusCode,
        type: String(typeInHead ?? response.getHeader('content-type') ?? ''),
        body: () => Buffer.concat(chunks).toString('utf8'),
      };
      const fault = check?.(request.method ?? '', path, answer);
      if (fault) faults.add(fault);
      return Reflect.apply(end, this, parameters);
    } as typeof end;
  });
  return {
    async learn(url) {
      check = createCheck((await (await fetch(`${url}/openapi.json`)).json()) as OpenApi);
    },
    faults: () => [...faults],
  };
}

interface SeenAnswer {
  status: number;
  type: string;
  body(): string;
}

export function createCheck(document: OpenApi) {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormats.default(ajv);
  const validators = new Map<object, ValidateFunction>();
  const paths = Object.entries(document.paths)
    .map(([template, operations]) => ({ template, operations, form: formOf(template) }))
    // Literal paths come before those with parameters.
    .sort((a, b) => a.template.split('{').length - b.template.split('{').length);

  return (method: string, path: string, answer: SeenAnswer): string | null => {
    const { status, type } = answer;
    const known = paths.find(({ form }) => form.test(path));
    const operation = known?.operations[method.toLowerCase()];
    // Pages are for people, and no part of the description.
    if (!operation && type.startsWith('text/html')) return null;
    // The pages' files.
    if (path.startsWith('/assets/')) return null;
    if (!operation) {
      // No such path, or no such method.
      return [404, 405].includes(status) || method === 'OPTIONS'
        ? null
        : `${method} ${path}: answered ${status}, but is not in the document`;
    }
    const name = `${method} ${known?.template} ${status}`;
    const described = operation.responses[status] ?? (status >= 400 && operation.responses.default);
    if (!described) return `${name}: this status is not in the document`;
    if (!described.content) return null;
    const [mediaType = ''] = type.split(';');
    const content = described.content[mediaType];
    if (!content) return `${name}: ${mediaType} is not in the document`;
    if (mediaType !== 'application/json') return null;
    let validate = validators.get(content.schema);
    if (!validate) {
      validate = ajv.compile(content.schema);
      validators.set(content.schema, validate);
    }
    if (validate(JSON.parse(answer.body()))) return null;
    return `${name}: ${ajv.errorsText(validate.errors)} in ${answer.body().slice(0, 300)}`;
  };
}

function formOf(template: string): RegExp {
  const escaped = template.replaceAll(/[.+*?^$()[\]\\|]/g, '\\$&');
  return new RegExp(
    `^${escaped.replaceAll(/\/models\/\{id\}/g, '/models/.+').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`,
  );
}
