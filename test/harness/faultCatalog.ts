import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Copies the shipped catalogue into `directory`. For each of `faults` it adds the model `fault/FAULT` on
 * OpenRouter, for every plan, whose upstream id is `x/y#FAULT`. `changes` replaces fields of models, by id.
 */
export async function copyCatalog(
  directory: string,
  faults: string[],
  changes: Record<string, object> = {},
): Promise<void> {
  await cp('catalog', directory, { recursive: true });
  const file = join(directory, 'models.json');
  const { models } = JSON.parse(await readFile(file, 'utf8'));
  const pattern = models.find((model: { id: string }) => model.id === 'qwen/qwen-2.5-7b-instruct');
  for (const fault of faults) {
    models.push({ ...pattern, id: `fault/${fault}`, aliases: [], upstream_id: `x/y#${fault}` });
  }
  for (const model of models) Object.assign(model, changes[model.id]);
  await writeFile(file, JSON.stringify({ models }));
}

/** Adds plans to the copy. */
export async function addPlans(directory: string, ...added: object[]): Promise<void> {
  const file = join(directory, 'plans.json');
  const { plans } = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ plans: [...plans, ...added] }));
}
