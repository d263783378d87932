// What a call asks the ledger to hold, and what it has once that is held.

import type { Quote } from '../domain/bound/quote.js';
import type { Model } from '../domain/catalog.js';
import type { License } from '../domain/license.js';
import type { PerProvider, Provider } from '../domain/provider.js';
import { balanceOfKey, type Usage } from '../domain/quota.js';
import type { CallState, RateState } from '../domain/rate.js';
import type { Refusal } from '../domain/refusal.js';
import { requestInstantOf } from '../domain/requestInstant.js';
import type { Trail } from '../domain/trail.js';
import { bringsToolResults } from '../domain/turn.js';
import type { ChatGateway } from '../providers/gateway.js';
import type {
  BegunTurn,
  HoldResult,
  HoldWant,
  Idempotency,
  Ledger,
} from '../store/ledger/index.js';
import type { LicenseCache } from '../store/licenses/licenseCache.js';
import type { KeptResponses } from '../store/responses/keptResponses.js';
import type { Allowed } from './judge.js';
import type { LimitDeps } from './limits.js';
import { Metering, quoteOrRefuse } from './metering.js';

export interface AdmitDeps extends LimitDeps {
  licenses: LicenseCache;
  ledger: Ledger;
  /** The digest that is kept in place of the user that a request names. */
  digestUser(licenseId: string, user: string): string;
  /** The digest that is kept in place of the conversation that a request belongs to. */
  digestConversation(licenseId: string, conversation: string): string;
  kept: KeptResponses;
  providers: PerProvider<Pick<ChatGateway, 'tellsAfterwards'>>;
}

/** What is known of a request besides its body. */
export interface Arrival {
  /** A UUID of version 7: the request's id, also towards the upstream. */
  holdId: string;
  /** What the client calls the conversation that it belongs to, if it says so. */
  conversation: string | undefined;
  /** The name of the wire format. */
  dialect: string;
  idempotency: Idempotency | null;
  /** What is learned of the request is noted here. */
  trail: Trail;
  /** Called with the state of the license's rate limit, before anything is written. */
  rated(rate: RateState): void;
  /** The same of the calls of the license that run at once. */
  atOnce(calls: CallState): void;
  /** The caller's network address; called only where the key has to be looked up. */
  address(): string;
}

export interface Admission extends Omit<Allowed, 'kind'> {
  kind: 'admission';
  /** The units that are held. 0 if the call's turn is paid already, or if the request is free. */
  units: number;
  /** False for a free request, which has no hold to end. */
  isHeld: boolean;
  /** Set if this call's unit pays for the rest of its turn. The turn must be noted before the hold is posted. */
  begins: BegunTurn | undefined;
  held: Extract<HoldResult, { kind: 'held' }>;
  /** Set for plans that sell money. */
  metering: Metering | undefined;
}

/** What is to be held for a call, and what it says of its turn and its money. */
export interface AskedFor {
  want: HoldWant;
  quote: Quote | undefined;
  turn: HoldWant['turn'];
}

/** Refuses a call whose cost cannot be bounded. */
export function askedFor(
  verdict: Allowed,
  { holdId, conversation, dialect }: Arrival,
  count: number,
  deps: AdmitDeps,
): AskedFor | Refusal {
  const { license, models, request } = verdict;
  const want = wantOf(holdId, license, models[0], dialect);
  want.units *= count;
  const wallet = deps.catalog().plans.get(license.plan)?.wallet;
  const quote = wallet && quoteOrRefuse(request, models, wallet, license.plan);
  if (quote && 'kind' in quote) return quote;
  if (quote) Object.assign(want, boundsOf(quote, want.provider, deps));
  const turn = turnOf(verdict, conversation, deps);
  if (turn && bringsToolResults(request)) want.turn = turn;
  if (request.user !== undefined) want.userDigest = deps.digestUser(license.id, request.user);
  return { want, quote, turn };
}

export function admissionOf(
  { request, license, models }: Allowed,
  { want, quote, turn }: AskedFor,
  held: Admission['held'],
  deps: AdmitDeps,
): Admission {
  const { holdId, licenseId, provider } = want;
  const units = held.units ?? want.units;
  const metering = quote && meteringOf(quote, want, units, held.affords ?? units, deps);
  const begins =
    turn && units > 0
      ? { holdId, licenseId, provider, conversation: turn.conversation }
      : undefined;
  const isHeld = true;
  return { kind: 'admission', request, license, models, units, isHeld, begins, held, metering };
}

/** Of a request that costs nothing. */
export function free({ request, license, models }: Allowed, usage: Usage): Admission {
  const balance = balanceOfKey(usage, models[0].provider);
  const held = { kind: 'held', balance, resetsAt: usage.resetsAt } as const;
  return {
    kind: 'admission',
    request,
    license,
    models,
    units: 0,
    isHeld: false,
    begins: undefined,
    held,
    metering: undefined,
  };
}

/** What is held of a call that costs money: at first, at least, and in all. */
function boundsOf(
  { most, least, first }: Quote,
  provider: Provider,
  { providers }: AdmitDeps,
): Pick<HoldWant, 'units' | 'least' | 'first'> {
  // An answer that is cut off is charged by its bytes where nobody tells its tokens: far above its cost.
  const mayGrow = providers[provider].tellsAfterwards;
  return { units: most, least, first: mayGrow ? first : undefined };
}

function meteringOf(
  quote: Quote,
  { holdId, licenseId }: HoldWant,
  units: number,
  affords: number,
  { ledger }: AdmitDeps,
): Metering {
  const extend = (more: number) => ledger.extend({ holdId, licenseId, units: more });
  return new Metering(quote, { units, affords, extend }, requestInstantOf(holdId));
}

/** Undefined unless the plan counts turns and the client names the conversation of a chat. */
function turnOf(
  { license, models: [model] }: Allowed,
  conversation: string | undefined,
  { catalog, digestConversation }: AdmitDeps,
): HoldWant['turn'] {
  const terms = catalog().plans.get(license.plan)?.turn;
  if (!terms || conversation === undefined || model.card.kind !== 'chat') return undefined;
  return { conversation: digestConversation(license.id, conversation), ...terms };
}

function wantOf(holdId: string, license: License, model: Model, dialect: string): HoldWant {
  const { id: licenseId, keyId, namedKey, version } = license;
  const { provider, units } = model;
  return { holdId, licenseId, keyId, namedKey, version, provider, units, model: model.id, dialect };
}
