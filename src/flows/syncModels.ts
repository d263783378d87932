// Reads the upstreams' lists of the models that we sell, and stores them beside the catalogue. It never changes what is
// sold, but warns the operator of models that end or are gone.

import type { Cancellation } from '../domain/cancellation.js';
import type { Catalog, Model } from '../domain/catalog.js';
import { databaseFaultOf } from '../domain/databaseFault.js';
import { type PerProvider, PROVIDERS, type Provider } from '../domain/provider.js';
import type { ChatGateway } from '../providers/gateway.js';
import type { ListedModelStore } from '../store/catalog/listedModels.js';

export interface SyncModelsDeps {
  catalog(): Catalog;
  providers: PerProvider<ChatGateway>;
  listedModels: ListedModelStore;
  /** Called with models that end or are gone. */
  warn(problem: string, details: Record<string, unknown>): void;
}

export interface SyncedModels {
  /** How many of our models each upstream lists, or why its list could not be read. */
  providers: Record<string, { listed: number } | { failed: string }>;
  /** Models that are sold, but not in the upstream's list. */
  missing: string[];
  /** Models that are sold, but end soon or have ended. */
  retiring: Array<{ model: string; on: string }>;
}

/** An operator needs some time to choose another model. */
const WARN_DAYS = 30;

export async function syncModels(
  deps: SyncModelsDeps,
  cancellation: Cancellation,
): Promise<SyncedModels> {
  const result: SyncedModels = { providers: {}, missing: [], retiring: [] };
  for (const provider of PROVIDERS) {
    try {
      await syncProvider(provider, result, deps, cancellation);
    } catch (error) {
      if (databaseFaultOf(error) === 'unavailable') throw error;
      // The lists of the other upstreams can still be stored.
      deps.warn('the list of an upstream could not be kept', { provider, err: error });
      result.providers[provider] = { failed: 'fault' };
    }
  }
  const { later } = await deps.listedModels.today(WARN_DAYS);
  for (const [model, on] of await endingsOf(deps.catalog(), deps.listedModels)) {
    if (on <= later) result.retiring.push({ model, on });
  }
  for (const model of result.missing)
    deps.warn('a model is not in the list of its upstream', { model });
  for (const ending of result.retiring) deps.warn('a model retires soon', ending);
  return result;
}

/** Adds to `result` what the upstream's list says. */
async function syncProvider(
  provider: Provider,
  result: SyncedModels,
  deps: SyncModelsDeps,
  cancellation: Cancellation,
): Promise<void> {
  const sold = modelsOf(deps.catalog(), provider);
  const answer = await deps.providers[provider].listModels(cancellation);
  if (!Array.isArray(answer)) {
    result.providers[provider] = { failed: answer.reason };
    return;
  }
  const soldIds = new Set(sold.map(model => model.upstreamId));
  // An upstream may list a model twice, but the database accepts it only once.
  const listed = new Map(
    answer.filter(({ upstreamId }) => soldIds.has(upstreamId)).map(one => [one.upstreamId, one]),
  );
  const missing = sold.filter(model => !listed.has(model.upstreamId));
  const missingIds = missing.map(model => model.upstreamId);
  await deps.listedModels.save(provider, [...listed.values()], missingIds);
  result.providers[provider] = { listed: listed.size };
  result.missing.push(...missing.map(model => model.id));
}

/** The day on which each sold model ends, by id. The catalogue's or the upstream's, whichever is earlier. */
export async function endingsOf(
  catalog: Catalog,
  listedModels: Pick<ListedModelStore, 'list'>,
): Promise<Map<string, string>> {
  const listed = await listedModels.list();
  const endings = new Map<string, string>();
  for (const model of catalog.models.values()) {
    const said = listed.find(
      one => one.provider === model.provider && one.upstreamId === model.upstreamId,
    );
    const dates = [model.retiresAt, said?.expiresOn].filter(date => typeof date === 'string');
    const first = dates.sort()[0];
    if (first !== undefined) endings.set(model.id, first);
  }
  return endings;
}

function modelsOf(catalog: Catalog, provider: Provider): Model[] {
  return [...catalog.models.values()].filter(model => model.provider === provider);
}
