// What a chat would cost at most, and whether what is left affords it. It sends nothing and costs nothing.

import type { ChatRequest } from '../domain/chat.js';
import { type QuotaKey, WALLET } from '../domain/provider.js';
import type { Refusal } from '../domain/refusal.js';
import type { BucketRoom } from '../store/ledger/index.js';
import { type AdmitDeps, type Arrival, allow } from './admit.js';
import { quoteOrRefuse } from './metering.js';

export interface Estimate {
  kind: 'estimate';
  /** Whether all of it could be held now. */
  fits: boolean;
  /** Of a plan of requests. */
  units?: number;
  /** Of a plan that sells money, with the markup. */
  maxCostMicrousd?: number;
  /** What it would be drawn from; null where nothing is left anywhere. */
  bucket: 'period' | 'grant' | null;
  /** How long the answer may be: as asked for where that fits, else what is afforded. */
  maxTokens: number;
}

/** A license's own limits count, those of a named key do not. */
export async function estimate(
  request: ChatRequest,
  arrival: Pick<Arrival, 'trail' | 'address' | 'rated'>,
  deps: AdmitDeps,
): Promise<Estimate | Refusal> {
  const { catalog, ledger } = deps;
  const allowed = await allow(request, arrival, deps);
  if (allowed.kind === 'refusal') return allowed;
  const { license } = allowed;
  const [model] = allowed.models;
  const roomsOf = (key: QuotaKey) => ledger.rooms(license.id, key);
  const wallet = catalog().plans.get(license.plan)?.wallet;
  if (!wallet) {
    const { units, provider, defaults, card } = model;
    const asked = { ...defaults, ...request.options }.max_completion_tokens;
    const drawn = drawnFrom(await roomsOf(provider), units);
    const maxTokens = Math.min(asked ?? Number.POSITIVE_INFINITY, card.maxCompletionTokens);
    return { kind: 'estimate', ...drawn, units, maxTokens };
  }
  const quote = quoteOrRefuse(request, allowed.models, wallet, license.plan);
  if ('kind' in quote) return { ...quote, plan: license.plan };
  const rooms = await roomsOf(WALLET);
  const drawn = drawnFrom(rooms, quote.most);
  const most = Math.max(0, ...rooms.map(({ free }) => free));
  const maxTokens = drawn.fits ? quote.maxTokens : quote.maxTokensFor(most);
  return { kind: 'estimate', ...drawn, maxCostMicrousd: quote.most, maxTokens };
}

/** As the ledger draws: whole from the first bucket with room, else from the one that has the most. */
function drawnFrom(rooms: BucketRoom[], units: number): Pick<Estimate, 'fits' | 'bucket'> {
  const first = rooms.find(({ free }) => free >= units);
  if (first) return { fits: true, bucket: first.bucket };
  const fullest = rooms
    .filter(({ free }) => free > 0)
    .toSorted((one, other) => other.free - one.free)[0];
  return { fits: false, bucket: fullest?.bucket ?? null };
}
