// May this request be sent? Checks license, plan, model and content, then commits the hold.

import type { CallRequest } from '../domain/call.js';
import type { License } from '../domain/license.js';
import { findModel } from '../domain/modelSearch.js';
import type { Keeping, KeptNames, NativeRequest } from '../domain/native.js';
import type { Provider } from '../domain/provider.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import type { ClaimedBy, HoldResult, HoldWant } from '../store/ledger/index.js';
import {
  type Admission,
  type AdmitDeps,
  type Arrival,
  admissionOf,
  askedFor,
  free,
} from './admission.js';
import { type Allowed, judge } from './judge.js';
import { enter, isLikelyToEnter, type Spent, spend } from './limits.js';
import { AGAIN, claimed, full, type Replay } from './notHeld.js';

/**
 * The first attempt uses a cached license, later ones a fresh one. An attempt fails if somebody changes the
 * license between reading it and the hold. The embedded database runs one statement after the other, so each of
 * several simultaneous changes can cost one more attempt.
 */
const MOST_ATTEMPTS = 12;

/**
 * Does everything up to the committed hold. Before it refuses, it reads the license anew, never only from the cache.
 * Call it inside `inItsPlace`.
 */
export async function admit(
  request: CallRequest,
  arrival: Arrival,
  done: DoneOnce,
  deps: AdmitDeps,
): Promise<Admission | Replay | Refusal> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const admitted = await tryToAdmit(request, arrival, attempt === 1, done, deps);
    if (admitted) return admitted;
  }
  return AGAIN;
}

/** Null if the attempt has to be made again, because the license was not what it was believed to be. */
async function tryToAdmit(
  request: CallRequest,
  arrival: Arrival,
  isFirst: boolean,
  done: DoneOnce,
  deps: AdmitDeps,
): Promise<Admission | Replay | Refusal | null> {
  const { count = 1 } = request.native ? request : {};
  const { trail } = arrival;
  // A hold checks that the license is current. A request without a hold has no such check, so it reads the license.
  const cached = isFirst && count > 0 ? deps.licenses.cached(request.licenseKey) : undefined;
  const license = cached ?? (await deps.licenses.read(request.licenseKey, arrival.address));
  if (license && 'kind' in license) return license;
  if (!license?.isUsable) return refuse('invalid_license_key', 'license_invalid', {});
  const judged = await verdictOn(request, license, done, arrival, deps);
  // Asking for a place takes as long as a hold. Where there will be one, both are done side by side.
  const isLikely = count > 0 && isLikelyToEnter(license, deps);
  const entering = judged.kind === 'refusal' ? null : enter(license, done, arrival.atOnce, deps);
  const verdict = (isLikely ? null : await entering) ?? judged;
  if (verdict.kind === 'refusal') {
    return cached ? null : refusedTo(license, verdict, trail.model?.provider, deps);
  }
  if (count === 0) return free(verdict, await deps.ledger.usage(license.id));
  const asked = askedFor(verdict, arrival, count, deps);
  if ('kind' in asked) return refusedTo(license, asked, verdict.models[0].provider, deps);
  const { want } = asked;
  const held = await hold(want, arrival, deps);
  const noPlace = isLikely ? await entering : null;
  if (held.kind === 'held') {
    if (!noPlace) return admissionOf(verdict, asked, held, deps);
    await deps.ledger.settle({ holdId: want.holdId, licenseId: license.id, ...GIVEN_BACK });
    return refusedTo(license, noPlace, want.provider, deps);
  }
  if (held.kind === 'claimed') {
    const known = claimed(held);
    return known.kind === 'replay' ? known : refusedTo(license, known, want.provider, deps);
  }
  return held.kind === 'full' ? full(held, want, license) : null;
}

async function hold(
  want: HoldWant,
  { idempotency, trail }: Arrival,
  { ledger }: AdmitDeps,
): Promise<HoldResult | ClaimedBy> {
  const span = trail.trace?.start('hold');
  const held = idempotency
    ? await ledger.holdOnce({ idempotency, ...want })
    : ((want.turn && (await ledger.holdInTurn(want))) ?? (await ledger.hold(want)));
  span?.end({ 'sahm.hold.result': held.kind });
  return held;
}

const GIVEN_BACK = { outcome: 'voided', reason: 'too_many_at_once' } as const;

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
