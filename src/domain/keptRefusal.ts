// What is kept of a refused chat. Nothing of the chat itself: what an upstream said may repeat its content, so
// only the upstream's code stays.

import type { Message, MessageKey, MessageParameters, Refusal } from './refusal.js';
import { repeatable } from './secretForms.js';

export type KeptParameters = Record<string, string | number | string[]>;

/** Why a key was refused. Its caller never learns it; administrators do. */
export const KEY_CAUSES = [
  'license_suspended',
  'license_revoked',
  'license_expired',
  'key_withdrawn',
  'key_replaced',
] as const satisfies MessageKey[];
export type KeyCause = Extract<Message, { key: (typeof KEY_CAUSES)[number] }>;

const MOST_NAMES = 5;

/** The parameters of a refusal's message that may be kept. */
export function keptParameters({ message, upstreamCode, field }: Refusal): KeptParameters {
  const kept: KeptParameters = {};
  for (const [name, value] of Object.entries(message.parameters)) {
    if (name === 'detail') continue;
    if (typeof value === 'number') kept[name] = value;
    else if (typeof value === 'string') kept[name] = keptText(value);
    else if (Array.isArray(value)) kept[name] = value.slice(0, MOST_NAMES).map(keptText);
  }
  if (field !== undefined && !('field' in kept)) kept.field = keptText(field);
  if (upstreamCode !== undefined) kept.upstream_code = keptText(upstreamCode);
  return kept;
}

/** A caller's text as it may be kept: shortened, masked, and such that the database can hold it. */
export function keptText(text: unknown): string {
  return repeatable(String(text)).toWellFormed();
}

/** The message of a kept refusal, as far as it was kept. */
export function messageOf(key: string, parameters: KeptParameters): Message {
  const detail = parameters.upstream_code ?? '…';
  return {
    key: key as MessageKey,
    parameters: { detail, ...parameters } as MessageParameters[MessageKey],
  } as Message;
}
