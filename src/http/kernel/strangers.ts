// Limits where nobody is known: asked before anything else of a request is read.

import type { Request, RequestHandler } from 'express';
import type { License } from '../../domain/license.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { LicenseStore } from '../../store/licenses/licenses.js';
import type { CredentialGuard } from '../../store/limits/credentialGuard.js';
import type { StrangerAct, StrangerLimits } from '../../store/limits/strangerLimits.js';
import { sendAdminRefusal } from './answering.js';

export interface StrangerDeps {
  strangers: StrangerLimits;
  credentials: CredentialGuard;
}

/** The caller's network address, as far as `TRUST_PROXY` says; empty where there is none. */
export function callerAddress(request: Request): string {
  return request.ip ?? '';
}

/** Counts the request among what strangers do, or refuses it. */
export function limitStrangers({ strangers }: StrangerDeps, act: StrangerAct): RequestHandler {
  return (request, response, next) => {
    const refusal = strangers.take(act, callerAddress(request));
    if (refusal) sendAdminRefusal(request, response, refusal);
    else next();
  };
}

/** The license of a key that its holder may see: a suspended or expired one too. */
export async function findHolder(
  key: string | undefined,
  request: Request,
  deps: StrangerDeps & { licenses: Pick<LicenseStore, 'findByKey'> },
): Promise<{ kind: 'license'; value: License } | Refusal> {
  const sent = (key ?? '').trim();
  const found = await deps.credentials.find(
    sent,
    () => callerAddress(request),
    () => deps.licenses.findByKey(sent),
    license => license.state !== 'revoked',
  );
  if (found && 'kind' in found) return found;
  return found && found.state !== 'revoked'
    ? { kind: 'license', value: found }
    : refuse('invalid_license_key', 'license_invalid', {});
}
