// Reads a model of the service's list into what the page shows.

export interface Model {
  id: string;
  name: string;
  maker: string;
  description: string;
  /** US dollars for a million tokens. */
  promptPrice: number | null;
  completionPrice: number | null;
  contextLength: number | null;
  mostTokens: number | null;
  takes: string[];
  makes: string[];
  hasJsonMode: boolean;
  minimumPlan: string;
  units: number;
  retiresAt: string | null;
  /** Undefined while no license is known. */
  isAvailable: boolean | undefined;
}

type Fields = Record<string, unknown>;

export function readModels(list: Fields[]): Model[] {
  return list.filter(({ kind = 'chat' }) => kind === 'chat').map(readModel);
}

function readModel(fields: Fields): Model {
  const pricing = recordOf(fields.pricing);
  const id = String(fields.id);
  const takes = textsOf(fields.inputModalities);
  const makes = textsOf(fields.outputModalities);
  return {
    id,
    name: String(fields.name ?? id),
    maker: String(recordOf(fields.provider).name ?? fields.owned_by ?? ''),
    description: String(fields.description ?? ''),
    promptPrice: numberOf(pricing.prompt),
    completionPrice: numberOf(pricing.completion),
    contextLength: numberOf(fields.context_length),
    mostTokens: numberOf(fields.maxCompletionTokens),
    takes: takes.length > 0 ? takes : ['text'],
    makes: makes.length > 0 ? makes : ['text'],
    hasJsonMode: recordOf(fields.features).json_mode === true,
    minimumPlan: String(fields.minimum_plan),
    units: numberOf(fields.units) ?? 1,
    retiresAt: typeof fields.retires_at === 'string' ? fields.retires_at : null,
    isAvailable: typeof fields.available === 'boolean' ? fields.available : undefined,
  };
}

/** Whether each word is in the name, the id or the maker. */
export function matches({ id, name, maker }: Model, search: string): boolean {
  const text = `${id} ${name} ${maker}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word));
}

/** Finds a model by its id, or by the last part of the id. */
export function findModel(models: Model[], written: string): Model | undefined {
  const wanted = written.trim().toLowerCase();
  const exact = models.find(({ id }) => id.toLowerCase() === wanted);
  return exact ?? models.find(({ id }) => id.toLowerCase().split('/')[1] === wanted);
}

export function recordOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];
}

export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
