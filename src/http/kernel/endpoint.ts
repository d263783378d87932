// A route and its description in one: what it takes, who may call it, what it answers. The Express
// routes and the OpenAPI document are both made of these, so that they cannot disagree.

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

/** `public`: anybody; `holder`: whoever has a license key; else administrators of at least this role. */
export type Access = 'public' | 'holder' | Role;

export interface RouteDescription {
  method: Method;
  /** `/admin/api/licenses/{id}`; as `{+id}` what comes may have slashes in it. */
  path: string;
  summary: string;
  /** What of it cannot be undone, in words: people are asked before they do it. */
  consequence?: string;
  access: Access;
  /** A holder's key may come in the body; else one that cannot be a key is refused before that is read. */
  keyInBody?: boolean;
  /** Null: whatever is asked is not read. */
  query?: z.ZodObject | null;
  /** Null: whatever is sent is not read. */
  body?: z.ZodType | null;
  /** Of a body that is not JSON. */
  bodyType?: 'multipart/form-data';
  /** What it answers when all is well, by status: JSON, another media type, or nothing. */
  answers: Record<number, z.ZodType | OtherAnswer | null>;
  /** Where they are not in administration's form. */
  refusals?: Pick<RefusalForm, 'schema'>;
}

/** An answer that is not JSON, or not always: then `json` says what it is otherwise. */
export interface OtherAnswer {
  /** Several: separated by commas. */
  mediaType: string;
  json?: z.ZodType;
}

type Answers = RouteDescription['answers'];

/** What is sent with a status: as its schema says, nothing more and nothing less. */
type AnswerBody<Described> = Described extends z.ZodType
  ? z.input<Described>
  : Described extends { json: infer Json extends z.ZodType }
    ? z.input<Json>
    : null;

/** What a handler gets: read, checked and typed. */
export interface Call<Body, Query, Said extends Answers> {
  request: Request;
  response: Response;
  params: Record<string, string>;
  body: Body;
  query: Query;
  /** One of the answers that the route's description has. */
  answer<Status extends keyof Said & number>(
    status: Status,
    body: AnswerBody<Said[Status]>,
  ): Answer;
}

/** `null`: the handler has written the answer itself, such as a stream. */
export type Act<Body, Query, Said extends Answers> = (
  call: Call<Body, Query, Said>,
) => Promise<Answer | Refusal | null>;

export interface Endpoint extends RouteDescription {
  refusals?: RefusalForm;
  /** Asked before anything of a request is read. */
  before: RequestHandler[];
  handle: RequestHandler;
}

const noQuery = z.strictObject({});
const anyQuery = z.object({});
/** A POST without fields takes none. */
const noBody = z.strictObject({}, { error: 'a JSON object without fields' });

export function endpoint<
  Body extends z.ZodType = typeof noBody,
  Query extends z.ZodObject = typeof noQuery,
  const Said extends Answers = Answers,
>(
  description: Omit<RouteDescription, 'body' | 'query' | 'answers' | 'refusals'> & {
    answers: Said;
    refusals?: RefusalForm;
    /** False: nothing is said of caches. Else no cache may keep what is of one caller and of this moment. */
    noStore?: boolean;
    body?: Body | null;
    query?: Query | null;
    /** Where the schema depends on what was sent, so that its faults make sense. */
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

/** By name; of what has slashes Express gives the parts. */
function paramsOf({ params }: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, [value].flat().join('/')]),
  );
}

/**
 * Adds the endpoints to a router that is mounted at `prefix`, in their order, each path with a refusal
 * of its other methods. `guardOf` decides who may pass, before anything else of a request is read.
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
