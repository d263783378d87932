// The service's own description of its routes, read for people.

import { useQuery } from '@tanstack/react-query';
import { refusalOf, Unreachable } from '../../api/refusal.js';

export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  description?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  additionalProperties?: boolean | Schema;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
  description?: string;
}

interface Described {
  summary?: string;
  tags?: string[];
  security?: Array<Record<string, unknown>>;
  parameters?: Array<{ name: string; in: string; required?: boolean; schema?: Schema }>;
  requestBody?: Content;
  responses?: Record<string, Content>;
}

interface Document {
  paths: Record<string, Record<string, Described>>;
}

export const GROUPS = ['chat', 'holder', 'service', 'administration'] as const;
export type Group = (typeof GROUPS)[number];

export interface Operation {
  /** Also its anchor: `post-api-chat_v3`. */
  id: string;
  method: string;
  path: string;
  summary: string;
  group: Group;
  access: 'public' | 'holder' | 'administrator';
  parameters: NonNullable<Described['parameters']>;
  body: Content | undefined;
  answers: Array<{ status: string; answer: Content }>;
}

export function useOperations(isWanted = true) {
  return useQuery({
    queryKey: ['docs', 'description'],
    queryFn: readOperations,
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

async function readOperations(): Promise<Operation[]> {
  const response = await fetch('/openapi.json').catch(() => {
    throw new Unreachable('no answer');
  });
  if (!response.ok) throw refusalOf(response, await response.json().catch(() => null));
  const { paths }: Document = await response.json();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operationOf(path, method, described)),
  );
}

function operationOf(path: string, method: string, described: Described): Operation {
  const { summary = '', tags = [], security = [], parameters = [], responses = {} } = described;
  return {
    id: [method, ...path.split(/[^\w]+/)].filter(word => word !== '').join('-'),
    method: method.toUpperCase(),
    path,
    summary,
    group: GROUPS.find(group => tags.includes(group)) ?? 'service',
    access:
      security.length === 0
        ? 'public'
        : security.some(each => 'administrator' in each)
          ? 'administrator'
          : 'holder',
    parameters,
    body: described.requestBody,
    answers: Object.entries(responses).map(([status, answer]) => ({ status, answer })),
  };
}

export function schemaIn(content: Content | undefined): { type: string; schema: Schema } | null {
  const all = Object.entries(content?.content ?? {});
  const [type, described] = all.find(([name]) => name.includes('json')) ?? all[0] ?? [];
  return type && described?.schema ? { type, schema: described.schema } : null;
}
