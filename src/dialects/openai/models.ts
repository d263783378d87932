// A model as GET /v1/models shows it: OpenAI's object, seed 002's fields, and ours.

import type { Model } from '../../domain/catalog.js';
import type { Language } from '../../domain/language.js';

export interface ModelFacts {
  /** The day on which the model ends, of the catalogue or of the upstream, whichever is first. */
  retiresAt: string | null;
  /** Whether the license of the request may use it; undefined without a key. */
  available: boolean | undefined;
}

/** Clients want an instant; the catalogue has none, and nothing depends on it. */
const CREATED = 0;

export function renderModel(
  { id, minimumPlan, units, card }: Model,
  { retiresAt, available }: ModelFacts,
  language: Language,
) {
  const { outputModalities, description, ...seed } = card;
  return {
    id,
    object: 'model' as const,
    created: CREATED,
    owned_by: card.provider.slug,
    ...seed,
    description: description[language],
    outputModalities,
    minimum_plan: minimumPlan,
    units,
    retires_at: retiresAt,
    ...(available !== undefined && { available }),
  };
}
