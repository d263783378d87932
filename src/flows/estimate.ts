// What a chat would cost at most, and whether the balance is enough for it. It sends nothing and costs nothing.

import type { ChatRequest } from '../domain/chat.js';
import { type QuotaKey, WALLET } from '../domain/provider.js';
import type { Refusal } from '../domain/refusal.js';
import type { BucketRoom } from '../store/ledger/index.js';
import type { AdmitDeps, Arrival } from './admission.js';
import { allow } from './admit.js';
import { quoteOrRefuse } from './metering.js';

export interface Estimate {
  kind: 'estimate';
  /** Whether the whole bound could be held now. */
  fits: boolean;
  /** Set for plans that count requests. */
  units?: number;
  /** Set for plans that sell money. Includes the markup. */
  maxCostMicrousd?: number;
  /** The bucket that it would be drawn from; null if nothing is left in any. */
  bucket: 'period' | 'grant' | null;
  /** The longest possible answer: as requested if that fits, else as long as the balance allows. */
  maxTokens: number;
}

/** Counts a license's own limits, but not those of a named key. */
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

/** Like the ledger: all from the first bucket with enough room, else from the one with the most. */
function drawnFrom(rooms: BucketRoom[], units: number): Pick<Estimate, 'fits' | 'bucket'> {
  const first = rooms.find(({ free }) => free >= units);
  if (first) return { fits: true, bucket: first.bucket };
  const fullest = rooms
    .filter(({ free }) => free > 0)
    .toSorted((one, other) => other.free - one.free)[0];
  return { fits: false, bucket: fullest?.bucket ?? null };
}
