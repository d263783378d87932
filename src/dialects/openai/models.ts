// A model as GET /v1/models shows it: OpenAI's and Anthropic's object in one, seed 002's fields, and ours.

import type { Model } from '../../domain/catalog.js';
import type { Language } from '../../domain/language.js';
import { isoOf } from '../usageView.js';

export interface ModelFacts {
  /** The day on which the model ends, of the catalogue or of the upstream, whichever is first. */
  retiresAt: string | null;
  /** Whether the license of the request may use it; undefined without a key. */
  available: boolean | undefined;
  /** When the catalogue was written: it stands for a day that it does not say. */
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
