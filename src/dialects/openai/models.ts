// A model as GET /v1/models shows it: with the fields of OpenAI, Anthropic and seed 002, and our own.

import type { Model } from '../../domain/catalog.js';
import type { Language } from '../../domain/language.js';
import { isoOf } from '../usageView.js';

export interface ModelFacts {
  /** The day on which the model ends, by the catalogue or the upstream, whichever is earlier. */
  retiresAt: string | null;
  /** Whether the license of the request may use it; undefined without a key. */
  available: boolean | undefined;
  /** When the catalogue was written. Used for models without a date. */
  writtenAt: Date;
}

export function renderModel(
  { id, minimumPlan, units, releasedOn, card }: Model,
  { retiresAt, available, writtenAt }: ModelFacts,
  language: Language,
) {
  const { outputModalities, description, ...seed } = card;
  const created = releasedOn === null ? writtenAt : new Date(releasedOn);
  return {
    id,
    object: 'model' as const,
    type: 'model' as const,
    created: Math.floor(created.getTime() / 1000),
    created_at: isoOf(created),
    display_name: card.name,
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
