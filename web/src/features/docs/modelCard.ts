// Reads the models from the service. Fields whose types its description leaves open are checked here.

import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.js';
import { useBearer } from '../../api/credentials.js';
import { useLanguage } from '../../messages/language.js';

export interface ModelCard {
  id: string;
  name: string;
  description: string;
  kind: string;
  maker: string;
  minimumPlan: string;
  units: number;
  /** US dollars per million tokens; null if not known. */
  price: { input: number; output: number } | null;
  contextTokens: number | null;
  longestAnswerTokens: number | null;
  takes: string[];
  gives: string[];
  features: { tools: boolean; vision: boolean; jsonMode: boolean; streaming: boolean };
  endsAt: string | null;
  /** Whether the reader's plan allows it; undefined if the reader is not known. */
  isAvailable: boolean | undefined;
}

export function useModels() {
  const { code } = useLanguage();
  const isKnown = useBearer('holder') !== null;
  return useQuery({
    queryKey: ['docs', 'models', code, isKnown],
    queryFn: async () => (await answerOf(api.GET('/v1/models'))).data.map(cardOf),
  });
}

export function useModel(id: string) {
  const { code } = useLanguage();
  const isKnown = useBearer('holder') !== null;
  return useQuery({
    queryKey: ['docs', 'model', code, isKnown, id],
    queryFn: async () =>
      cardOf(await answerOf(api.GET('/v1/models/{id}', { params: { path: { id } } }))),
  });
}

type Wire = { id: string; minimum_plan: string; units: number } & { [name: string]: unknown };

function cardOf(wire: Wire): ModelCard {
  const pricing = record(wire.pricing);
  const features = record(wire.features);
  const input = Number(pricing.prompt ?? Number.NaN);
  const output = Number(pricing.completion ?? Number.NaN);
  return {
    id: wire.id,
    name: text(wire.name) ?? wire.id,
    description: text(wire.description) ?? '',
    kind: text(wire.kind) ?? 'chat',
    maker: text(record(wire.provider).name) ?? text(wire.owned_by) ?? '',
    minimumPlan: wire.minimum_plan,
    units: wire.units,
    price: Number.isFinite(input) && Number.isFinite(output) ? { input, output } : null,
    contextTokens: number(wire.context_length),
    longestAnswerTokens: number(wire.maxCompletionTokens),
    takes: texts(wire.inputModalities),
    gives: texts(wire.outputModalities),
    features: {
      tools: features.tools === true,
      vision: features.vision === true,
      jsonMode: features.json_mode === true,
      streaming: features.streaming === true,
    },
    endsAt: text(wire.retires_at),
    isAvailable: typeof wire.available === 'boolean' ? wire.available : undefined,
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
