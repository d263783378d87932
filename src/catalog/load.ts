// Reads what is sold from three files of a folder, and checks them as a whole.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { withoutByteOrderMark } from '../domain/byteOrderMark.js';
import type { Catalog } from '../domain/catalog.js';
import type { CatalogFault } from './relations.js';
import { relationFaults } from './relations.js';
import { modelSchema, planSchema, productSchema } from './schema.js';

/** All faults of a catalogue at once, each as `file: path: what is wrong`. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly faults: string[];

  constructor(directory: string, faults: string[]) {
    super(`The catalogue in ${directory} cannot be used:\n${faults.join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads `plans.json`, `products.json` and `models.json` from a folder; CONTRIBUTING.md says what is in each.
 * @throws {CatalogError} if any of them has a fault.
 */
export async function loadCatalog(directory: string): Promise<Catalog> {
  const [plans, products, models] = await Promise.all([
    readEntries(directory, 'plans', planSchema, 1),
    readEntries(directory, 'products', productSchema, 0),
    readEntries(directory, 'models', modelSchema, 1),
  ]);
  const faults = [
    ...plans.faults,
    ...products.faults,
    ...models.faults,
    ...relationFaults({ plans: plans.raw, products: products.raw, models: models.raw }),
  ];
  if (faults.length > 0) throw new CatalogError(directory, faults.map(lineOf));
  const plansByRank = plans.entries.sort((a, b) => a.rank - b.rank);
  const { mtime: writtenAt } = await stat(join(directory, 'models.json'));
  return {
    writtenAt,
    plans: new Map(plansByRank.map(plan => [plan.code, plan])),
    products: new Map(
      products.entries.flatMap(product =>
        product.kind === 'other' ? [] : [[product.id, product] as const],
      ),
    ),
    otherProducts: products.entries.filter(product => product.kind === 'other'),
    models: new Map(models.entries.map(model => [model.id, model])),
    modelsByName: new Map(
      models.entries.flatMap(model =>
        [model.id, ...model.aliases].map(name => [name.toLowerCase(), model]),
      ),
    ),
  };
}

interface ReadEntries<Entry> {
  /** Empty if there are faults. */
  entries: Entry[];
  /** The entries as they were written, for the checks between entries. */
  raw: unknown[] | undefined;
  faults: CatalogFault[];
}

/** The entries of `<list>.json`, which has the form `{ "<list>": [...] }` and may have a `$comment`. */
async function readEntries<Schema extends z.ZodType>(
  directory: string,
  list: string,
  schema: Schema,
  least: number,
): Promise<ReadEntries<z.infer<Schema>>> {
  const file = `${list}.json`;
  const json = await readJson(join(directory, file));
  if ('fault' in json) {
    return { entries: [], raw: undefined, faults: [{ file, path: '', what: json.fault }] };
  }
  const fileSchema = z.strictObject({
    $comment: z.string().optional(),
    [list]: z.array(schema).min(least),
  });
  const parsed = fileSchema.safeParse(json.value);
  const raw = (json.value as Record<string, unknown> | null)?.[list];
  return {
    entries: parsed.success ? (parsed.data[list] as Array<z.infer<Schema>>) : [],
    raw: Array.isArray(raw) ? raw : undefined,
    faults: (parsed.error?.issues ?? []).map(issue => ({
      file,
      path: z.core.toDotPath(issue.path),
      what: issue.message,
    })),
  };
}

export async function readJson(path: string): Promise<{ value: unknown } | { fault: string }> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { fault: code === 'ENOENT' ? 'the file is missing' : `cannot be read (${code})` };
  }
  try {
    return { value: JSON.parse(withoutByteOrderMark(content)) };
  } catch (error) {
    // The message quotes the file, line ends included.
    const reason = (error as Error).message.replace(/\s+/g, ' ');
    return { fault: `is not valid JSON: ${reason}` };
  }
}

export function lineOf({ file, path, what }: CatalogFault): string {
  return [file, path, what].filter(part => part !== '').join(': ');
}
