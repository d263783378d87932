// Checks bodies and queries. The first fault becomes a refusal that names its field. Unknown fields are reported before
// all other faults, and texts that the database cannot store are refused. In a schema, the text of an `error` says what
// is expected.

import type { Request } from 'express';
import { z } from 'zod';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { findIllFormed } from '../../domain/wellFormed.js';
import { MOST_BODY_BYTES, readJson } from './body.js';

export interface Valid<Value> {
  kind: 'valid';
  value: Value;
}

/** Reads the JSON body; no body at all counts as `{}`. */
export async function readBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  mostBytes = MOST_BODY_BYTES,
): Promise<Valid<z.output<Schema>> | Refusal> {
  const body = hasBody(request)
    ? await readJson(request, mostBytes)
    : { kind: 'json' as const, value: {} };
  if (body.kind === 'refusal') return body;
  return validate(body.value, schema);
}

export function readQuery<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Valid<z.output<Schema>> | Refusal {
  return validate({ ...request.query }, schema);
}

function hasBody(request: Request): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || length !== '0';
}

export function validate<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
): Valid<z.output<Schema>> | Refusal {
  const parsed = schema.safeParse(value);
  if (parsed.success) return findUnstorable(parsed.data) ?? { kind: 'valid', value: parsed.data };
  const { issues } = parsed.error;
  const unknown = issues.find(issue => issue.code === 'unrecognized_keys');
  return refusalOf(unknown ?? (issues[0] as z.core.$ZodIssue), value);
}

/** Checked here, not in each schema, so that no schema can forget it. */
function findUnstorable(value: unknown): Refusal | null {
  const path = findIllFormed(value);
  if (path === null) return null;
  const field = path || 'body';
  return refuse('invalid_request', 'text_not_well_formed', { field }, { field });
}

function refusalOf(issue: z.core.$ZodIssue, value: unknown): Refusal {
  const field = z.core.toDotPath(issue.path) || 'body';
  if (issue.code === 'unrecognized_keys') {
    // The caller chose this name. It only appears in the message, where keys are masked.
    const unknown = z.core.toDotPath([...issue.path, issue.keys[0] as string]);
    return refuse('invalid_request', 'field_unknown', { field: unknown });
  }
  const found = issue.path.reduce<unknown>(
    (at, name) => (at as Record<PropertyKey, unknown>)?.[name],
    value,
  );
  if (found === undefined || (typeof found === 'string' && found.trim() === '')) {
    return refuse('invalid_request', 'field_missing', { field }, { field });
  }
  return refuseField(field, expectedOf(issue));
}

/** The schema's own text, or else zod's text in our words. */
function expectedOf(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too (big|small)|Unrecognized)\b/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return issue.values.map(String).join(' | ');
    case 'too_small':
      return `at least ${issue.minimum}${countedOf(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${countedOf(issue.origin)}`;
    case 'invalid_format':
      return issue.format;
    default:
      return 'another value';
  }
}

function countedOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' ? ' entries' : '';
}
