// Finding models by the names that callers write.

import { distance } from 'fastest-levenshtein';
import type { Catalog, Modality, Model, ModelKind } from './catalog.js';
import { planCovers } from './catalog.js';

/** No id or alias is longer. Only this much of a caller's name is compared. */
export const LONGEST_MODEL_NAME = 200;

/** A shorter fragment occurs in too many names to mean one of them. */
const SHORTEST_FRAGMENT = 3;

/** The model with this id or alias, in any case. */
export function findModel(catalog: Catalog, name: string): Model | undefined {
  if (name.length > LONGEST_MODEL_NAME) return undefined;
  return catalog.modelsByName.get(name.toLowerCase());
}

/** The ids of the models that a mistyped name probably means, closest first; none if no name is close. */
export function suggestModels(catalog: Catalog, name: string, most = 3): string[] {
  const wanted = forms(name.slice(0, LONGEST_MODEL_NAME));
  return [...catalog.models.values()]
    .map(model => ({ id: model.id, distance: distanceTo(model, wanted) }))
    .filter(candidate => candidate.distance < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
    .slice(0, most)
    .map(candidate => candidate.id);
}

/** What a request asks of a model. */
export interface Wanted {
  plan: string;
  /** The kinds of content in its messages. */
  content: readonly Modality[];
  needsTools: boolean;
  /** What the model has to be for. */
  kind: ModelKind;
}

/** Whether this plan may use the model, and it takes all of that. */
export function takes(
  catalog: Catalog,
  { minimumPlan, card }: Model,
  { plan, content, needsTools, kind }: Wanted,
): boolean {
  return (
    planCovers(catalog, plan, minimumPlan) &&
    card.kind === kind &&
    content.every(modality => card.inputModalities.includes(modality)) &&
    (!needsTools || card.features.tools)
  );
}

/** The ids of all models that take what is wanted. */
export function modelsTaking(catalog: Catalog, wanted: Wanted): string[] {
  return [...catalog.models.values()]
    .filter(model => takes(catalog, model, wanted))
    .map(model => model.id);
}

/** A name with and without its vendor. Only letters and digits are kept, because separators vary most. */
function forms(name: string): string[] {
  const lower = name.toLowerCase();
  const tail = lower.slice(lower.lastIndexOf('/') + 1);
  return [lower, tail].map(form => form.replace(/[^a-z0-9]/g, ''));
}

function distanceTo(model: Model, wanted: string[]): number {
  const names = [model.id, ...model.aliases].flatMap(forms);
  return Math.min(...wanted.flatMap(form => names.map(name => closeness(form, name))));
}

/** The edit distance between two names; infinity where they have too little in common. */
function closeness(wanted: string, name: string): number {
  const edits = distance(wanted, name);
  const [shorter, longer] = wanted.length < name.length ? [wanted, name] : [name, wanted];
  const isFragment = shorter.length >= SHORTEST_FRAGMENT && longer.includes(shorter);
  return isFragment || edits <= longer.length / 4 ? edits : Number.POSITIVE_INFINITY;
}
