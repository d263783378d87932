// How a call ends: its charge, the end of its hold, and the message for the caller if it failed.

import type { TokenUsage, UpstreamFailure } from '../domain/chat.js';
import type { Provider } from '../domain/provider.js';
import type { Usage } from '../domain/quota.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import type { RequestTrace } from '../domain/trace.js';
import type { OpenStream, Reached } from '../providers/gateway.js';
import type { KeptReply, Ledger, SettleResult, SettleWant } from '../store/ledger/index.js';
import type { Metering } from './metering.js';
import type { ReachedAnswer } from './relay.js';

export interface SettlingDeps {
  ledger: Ledger;
  /** Called with problems that an operator must solve. */
  alert(problem: string, details: Record<string, unknown>): void;
  /** Called if a call cost more than was held. `lost` is what could not be charged, in micro-dollars. */
  slipped(lost: number): void;
}

type Ended = Pick<Extract<SettleResult, { kind: 'ended' }>, 'usage' | 'charged'>;

/**
 * Ends the hold, and returns the counters right after; null if the hold had ended before. For a request without a
 * hold, it returns the present counters.
 */
export async function settle(
  want: SettleWant,
  isHeld: boolean,
  deps: SettlingDeps,
  trace: RequestTrace | undefined,
  kept?: KeptReply,
): Promise<Ended | null> {
  if (!isHeld) return { usage: await deps.ledger.usage(want.licenseId) };
  const span = trace?.start('settle', { 'sahm.settle.outcome': want.outcome });
  const settled = await deps.ledger.settle(want, kept);
  span?.end({ 'sahm.settle.result': settled.kind });
  if (settled.kind === 'ended') return settled;
  deps.alert('a hold had ended before its request', { holdId: want.holdId, state: settled.state });
  return null;
}

export function tellOfSlip(
  held: number,
  charge: number,
  charged: number,
  call: { holdId: string; model: string },
  deps: Pick<SettlingDeps, 'alert' | 'slipped'>,
): void {
  if (charge <= held) return;
  deps.slipped(charge - charged);
  const found = { ...call, heldMicrousd: held, costMicrousd: charge, charged };
  deps.alert('a call was dearer than its hold', found);
}

/** What a call costs, and the tokens by which it was computed; null if they are not known. */
export interface Charge {
  charge: number;
  tokens: TokenUsage | null;
}

/** The charge for an answer that its caller has. Its upstream tells the tokens with it, or is asked afterwards. */
export function chargeOfAnswer(
  reached: ReachedAnswer,
  opened: Reached<OpenStream> | UpstreamFailure | undefined,
  metering: Metering,
): Charge | Promise<Charge> {
  const { result: answer, model } = reached;
  const { tokens } = answer;
  if (tokens) return { charge: metering.chargeOf(answer, model), tokens };
  return chargeOfUntold(reached, opened, metering);
}

async function chargeOfUntold(
  { result: answer, model, isCutOff }: ReachedAnswer,
  opened: Reached<OpenStream> | UpstreamFailure | undefined,
  metering: Metering,
): Promise<Charge> {
  const isAsked = !('pieces' in answer) && opened?.kind === 'reached';
  const tokens = isAsked ? await opened.result.lookUp() : null;
  if (!tokens && isCutOff) return { charge: metering.chargeOfDelivered(), tokens };
  return { charge: metering.chargeOf({ ...answer, tokens }, model), tokens };
}

/** The charge for an answer without an end. If the upstream cannot tell the tokens, what was delivered counts. */
export async function chargeOfUnseen(
  opened: Reached<OpenStream> | UpstreamFailure | undefined,
  metering: Metering | undefined,
): Promise<Charge | undefined> {
  if (!metering || opened?.kind !== 'reached') return undefined;
  const tokens = await opened.result.lookUp();
  const charge = tokens
    ? metering.chargeOf({ tokens }, opened.model)
    : metering.chargeOfDelivered();
  return { charge, tokens };
}

/** The message for the caller. The full reason is in the log and in the hold. */
export function refusalOfFailure(
  failure: UpstreamFailure,
  provider: Provider,
  usage: Usage | null,
  charged: number,
): Refusal {
  const { code, field, upstreamCode, retryAfterSeconds } = failure;
  const more = {
    charged,
    ...(usage && { usage, provider, plan: usage.plan }),
    ...(field !== undefined && { field }),
    ...(upstreamCode !== undefined && { upstreamCode }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
  return code === 'invalid_request'
    ? refuse(code, 'upstream_rejected', { detail: failure.detail ?? '' }, more)
    : refuse(code, code, {}, more);
}
