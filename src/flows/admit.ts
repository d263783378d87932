// May this request be sent? Checks license, plan, model and content, then commits the hold.

import type { Quote } from '../domain/bound/quote.js';
import type { CallRequest } from '../domain/call.js';
import type { Model } from '../domain/catalog.js';
import type { License } from '../domain/license.js';
import { findModel } from '../domain/modelSearch.js';
import type { Keeping, KeptNames, NativeRequest } from '../domain/native.js';
import type { PerProvider, Provider } from '../domain/provider.js';
import { balanceOfKey, type Usage } from '../domain/quota.js';
import type { CallState, RateState } from '../domain/rate.js';
import { type Refusal, refuse } from '../domain/refusal.js';
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
import { type Allowed, judge } from './judge.js';
import { enter, isLikelyToEnter, type LimitDeps, type Spent, spend } from './limits.js';
import { Metering, quoteOrRefuse } from './metering.js';
import { AGAIN, claimed, full, type Replay } from './notHeld.js';

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

/**
 * The first attempt uses a cached license, later ones a fresh one. An attempt fails if somebody changes the
 * license between reading it and the hold. The embedded database runs one statement after the other, so each of
 * several simultaneous changes can cost one more attempt.
 */
const MOST_ATTEMPTS = 12;

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

/**
 * Does everything up to the committed hold. Before it refuses, it reads the license anew, never only from the cache.
 * Call it inside `inItsPlace`.
 */
export async function admit(
  request: CallRequest,
  { holdId, conversation, dialect, idempotency, trail, rated, atOnce, address }: Arrival,
  done: DoneOnce,
  deps: AdmitDeps,
): Promise<Admission | Replay | Refusal> {
  const { count = 1 } = request.native ? request : {};
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    // A hold checks that the license is current. A request without a hold has no such check, so it reads the license.
    const cached =
      attempt === 1 && count > 0 ? deps.licenses.cached(request.licenseKey) : undefined;
    const license = cached ?? (await deps.licenses.read(request.licenseKey, address));
    if (license && 'kind' in license) return license;
    if (!license?.isUsable) return refuse('invalid_license_key', 'license_invalid', {});
    const judged = await verdictOn(request, license, done, { trail, rated }, deps);
    // Asking for a place takes as long as a hold. Where there will be one, both are done side by side.
    const isLikely = count > 0 && isLikelyToEnter(license, deps);
    const entering = judged.kind === 'refusal' ? null : enter(license, done, atOnce, deps);
    const verdict = (isLikely ? null : await entering) ?? judged;
    if (verdict.kind === 'refusal') {
      if (cached) continue;
      return refusedTo(license, verdict, trail.model?.provider, deps);
    }
    const { models } = verdict;
    if (count === 0) return free(verdict, await deps.ledger.usage(license.id));
    const want = wantOf(holdId, license, models[0], dialect);
    want.units *= count;
    const wallet = deps.catalog().plans.get(license.plan)?.wallet;
    const quote = wallet && quoteOrRefuse(verdict.request, models, wallet, license.plan);
    if (quote && 'kind' in quote) return refusedTo(license, quote, want.provider, deps);
    if (quote) Object.assign(want, boundsOf(quote, want.provider, deps));
    const turn = turnOf(verdict, conversation, deps);
    if (turn && bringsToolResults(verdict.request)) want.turn = turn;
    if (request.user !== undefined) want.userDigest = deps.digestUser(license.id, request.user);
    const span = trail.trace?.start('hold');
    const held = idempotency
      ? await deps.ledger.holdOnce({ idempotency, ...want })
      : ((want.turn && (await deps.ledger.holdInTurn(want))) ?? (await deps.ledger.hold(want)));
    span?.end({ 'sahm.hold.result': held.kind });
    const noPlace = isLikely ? await entering : null;
    if (held.kind === 'held') {
      if (noPlace) {
        await deps.ledger.settle({ holdId, licenseId: license.id, ...GIVEN_BACK });
        return refusedTo(license, noPlace, want.provider, deps);
      }
      const units = held.units ?? want.units;
      const { licenseId, provider } = want;
      const metering = quote && meteringOf(quote, want, units, held.affords ?? units, deps);
      const begins =
        turn && units > 0
          ? { holdId, licenseId, provider, conversation: turn.conversation }
          : undefined;
      const isHeld = true;
      const { request, models } = verdict;
      return { kind: 'admission', request, license, models, units, isHeld, begins, held, metering };
    }
    if (held.kind === 'claimed') {
      const known = claimed(held);
      return known.kind === 'replay' ? known : refusedTo(license, known, want.provider, deps);
    }
    if (held.kind === 'full') return full(held, want, license);
  }
  return AGAIN;
}

const GIVEN_BACK = { outcome: 'voided', reason: 'too_many_at_once' } as const;

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

/** An accepted license is told its counters with each refusal; of the provider's quota, once the model is known. */
async function refusedTo(
  { id, plan }: License,
  refusal: Refusal,
  provider: Provider | undefined,
  { ledger }: AdmitDeps,
): Promise<Refusal> {
  const usage = await ledger.usage(id);
  return { ...refusal, plan, usage, charged: 0, ...(provider && { provider }) };
}

async function recall(
  model: string,
  keeping: Keeping,
  names: KeptNames,
  licenseId: string,
  { kept, catalog }: AdmitDeps,
): Promise<NativeRequest | Refusal> {
  const found = kept.isOn ? await kept.find(licenseId, names) : [];
  return keeping.withKept(found, findModel(catalog(), model)?.id);
}

/** Does the same checks without a hold, for requests that only ask something and cost nothing. */
export async function allow(
  request: CallRequest,
  { trail, rated, address }: Pick<Arrival, 'trail' | 'rated' | 'address'>,
  deps: AdmitDeps,
): Promise<Allowed | Refusal> {
  const done: DoneOnce = {};
  const cached = deps.licenses.cached(request.licenseKey);
  if (cached?.isUsable) {
    const verdict = await verdictOn(request, cached, done, { trail, rated }, deps);
    if (verdict.kind === 'allowed') return verdict;
  }
  const license = await deps.licenses.read(request.licenseKey, address);
  if (license && 'kind' in license) return license;
  if (!license?.isUsable) return refuse('invalid_license_key', 'license_invalid', {});
  const verdict = await verdictOn(request, license, done, { trail, rated }, deps);
  return verdict.kind === 'refusal'
    ? refusedTo(license, verdict, trail.model?.provider, deps)
    : verdict;
}

/** Runs a call from its admission to its end. Then frees its place for the next call, also if it failed. */
export async function inItsPlace<Result>(
  run: (done: DoneOnce) => Promise<Result>,
): Promise<Result> {
  const done: DoneOnce = {};
  try {
    return await run(done);
  } finally {
    await done.entering;
    if (done.entry) await done.entry.leave();
  }
}

/** What is done only once for a request, however many attempts it needs. */
export interface DoneOnce extends Spent {
  /** The request, with the kept responses that it names put in. */
  recalled?: NativeRequest | Refusal;
}

/** Whether the license allows the request now: by its rate limits, its plan and the model. */
async function verdictOn(
  request: CallRequest,
  license: License,
  done: DoneOnce,
  { trail, rated }: Pick<Arrival, 'trail' | 'rated'>,
  deps: AdmitDeps,
): Promise<Allowed | Refusal> {
  trail.licenseId = license.id;
  const limited = await spend(license, done, rated, deps);
  if (limited) return limited;
  if (request.native && request.keeping?.names) {
    const { model, keeping } = request;
    done.recalled ??= await recall(model, keeping, request.keeping.names, license.id, deps);
  }
  const asked = done.recalled ?? request;
  return 'kind' in asked ? asked : judge(asked, license, deps.catalog(), trail);
}

function free({ request, license, models }: Allowed, usage: Usage): Admission {
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
  const { id: licenseId, keyId, version } = license;
  const { provider, units } = model;
  const isNamed = license.namedKey !== null;
  return { holdId, licenseId, keyId, isNamed, version, provider, units, model: model.id, dialect };
}
