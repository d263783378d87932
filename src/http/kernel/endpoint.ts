// An endpoint is a route with its description: what it takes, who may call it, what it answers. The Express routes and
// the OpenAPI document are both made from endpoints, so that they cannot disagree.

import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { hasValidForm } from '../../domain/key.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Role } from '../../domain/role.js';
import { type Answer, answer, answering, type RefusalForm, refuseMethod } from './answering.js';
import { MOST_PUBLIC_BYTES } from './body.js';
import { keyInHeaders, refuseKey } from './credentials.js';
import { readBody, readQuery, validate } from './validate.js';

export type Method = 'get' | 'post' | 'patch' | 'delete';

/** `public`: anybody. `holder`: callers with a license key. Otherwise administrators of at least this role. */
export type Access = 'public' | 'holder' | Role;

export interface RouteDescription {
  method: Method;
  /** Such as `/admin/api/licenses/{id}`. With `{+id}` the value may have slashes. */
  path: string;
  summary: string;
  /** What cannot be undone, in words. People are asked to confirm it. */
  consequence?: string;
  access: Access;
  /** The choices of parameters in the path that allow only a few texts. */
  choices?: Record<string, readonly string[]>;
  /** Whether a holder's key may come in the body. If not, a malformed key is refused before the body is read. */
  keyInBody?: boolean;
  /** Null: the query is ignored. */
  query?: z.ZodObject | null;
  /** Null: the body is ignored. */
  body?: z.ZodType | null;
  /** Set if the body is not JSON. */
  bodyType?: 'multipart/form-data';
  /** The successful answers, by status: JSON, another media type, or nothing. */
  answers: Record<number, z.ZodType | OtherAnswer | null>;
  /** The form of refusals, if it is not administration's. */
  refusals?: Pick<RefusalForm, 'schema'>;
}

/** An answer that is not JSON, or not always. `json` is the schema for when it is. */
export interface OtherAnswer {
  /** Several are separated by commas. */
  mediaType: string;
  json?: z.ZodType;
}

type Answers = RouteDescription['answers'];

/** The type of what is sent with a status: exactly what its schema says. */
type AnswerBody<Described> = Described extends z.ZodType
  ? z.input<Described>
  : Described extends { json: infer Json extends z.ZodType }
    ? z.input<Json>
    : null;

/** What a handler gets, after it was read and checked. */
export interface Call<Body, Query, Said extends Answers> {
  request: Request;
  response: Response;
  params: Record<string, string>;
  body: Body;
  query: Query;
  /** Sends one of the answers in the route's description. */
  answer<Status extends keyof Said & number>(
    status: Status,
    body: AnswerBody<Said[Status]>,
  ): Answer;
}

/** Null means that the handler has written the answer itself, such as a stream. */
export type Act<Body, Query, Said extends Answers> = (
  call: Call<Body, Query, Said>,
) => Promise<Answer | Refusal | null>;

export interface Endpoint extends RouteDescription {
  refusals?: RefusalForm;
  /** Run before anything of the request is read. */
  before: RequestHandler[];
  handle: RequestHandler;
}

const noQuery = z.strictObject({});
const anyQuery = z.object({});
/** The body of a POST without fields. */
const noBody = z.strictObject({}, { error: 'a JSON object without fields' });

export function endpoint<
  Body extends z.ZodType = typeof noBody,
  Query extends z.ZodObject = typeof noQuery,
  const Said extends Answers = Answers,
>(
  description: Omit<RouteDescription, 'body' | 'query' | 'answers' | 'refusals'> & {
    answers: Said;
    refusals?: RefusalForm;
    /** False: no header about caches. By default caches must not store the answer, which is for one caller. */
    noStore?: boolean;
    body?: Body | null;
    query?: Query | null;
    /** Chooses the schema by the body's content, so that faults make sense. */
    bodyFor?: (value: unknown) => z.ZodType;
    before?: RequestHandler[];
  },
  act: Act<z.output<Body>, z.output<Query>, Said>,
): Endpoint {
  const { bodyFor, before = [], ...described } = description;
  const { method, access, keyInBody = false } = description;
  const querySchema = (
    description.query === null ? anyQuery : (description.query ?? noQuery)
  ) as Query;
  const takesBody = (method === 'post' || method === 'patch') && description.body !== null;
  const needsKey = takesBody && access === 'holder' && !keyInBody;
  const mostBytes = access === 'public' || access === 'holder' ? MOST_PUBLIC_BYTES : undefined;
  const handle = answering(async (request, response) => {
    if (needsKey) {
      const key = keyInHeaders(request);
      if (key === undefined || !hasValidForm(key)) return refuseKey(key);
    }
    const query = readQuery(request, querySchema);
    if (query.kind === 'refusal') return query;
    const body = takesBody
      ? await readBody(
          request,
          (bodyFor ? z.unknown() : (description.body ?? noBody)) as Body,
          mostBytes,
        )
      : { kind: 'valid' as const, value: {} as z.output<Body> };
    if (body.kind === 'refusal') return body;
    if (bodyFor) {
      const checked = validate(body.value, bodyFor(body.value));
      if (checked.kind === 'refusal') return checked;
      body.value = checked.value as z.output<Body>;
    }
    const params = paramsOf(request);
    return act({ request, response, params, body: body.value, query: query.value, answer });
  }, description);
  return { ...(described as Omit<Endpoint, 'before' | 'handle'>), before, handle };
}

/** The parameters by name. Express splits values with slashes into parts. */
function paramsOf({ params }: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, [value].flat().join('/')]),
  );
}

/**
 * Adds the endpoints in their order to a router that is mounted at `prefix`. Each path refuses its other methods.
 * `guardOf` decides who may pass, before anything else of a request is read.
 */
export function mountEndpoints(
  router: Router,
  endpoints: Endpoint[],
  prefix = '',
  guardOf: (access: Access) => RequestHandler[] = () => [],
): void {
  for (const path of new Set(endpoints.map(each => each.path))) {
    const here = endpoints.filter(each => each.path === path);
    const route = router.route(pathInExpress(path.slice(prefix.length)));
    for (const { method, access, before, handle } of here) {
      route[method](...guardOf(access), ...before, handle);
    }
    const allowed = here.map(({ method }) => method.toUpperCase()).sort();
    route.all(refuseMethod(allowed.join(', '), here[0]?.refusals));
  }
}

function pathInExpress(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1').replaceAll(/\{\+(\w+)\}/g, '*$1');
}
