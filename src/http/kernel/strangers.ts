// Limits for unknown callers. They are checked before anything else of a request is read.

import type { Request, RequestHandler, Response } from 'express';
import type { License } from '../../domain/license.js';
import type { Refusal } from '../../domain/refusal.js';
import type { LicenseStore } from '../../store/licenses/licenses.js';
import type { CredentialGuard } from '../../store/limits/credentialGuard.js';
import type { StrangerAct, StrangerLimits } from '../../store/limits/strangerLimits.js';
import { sendAdminRefusal } from './answering.js';
import { keyInHeaders, refuseKey } from './credentials.js';
import { noteLicense } from './observe.js';

export interface StrangerDeps {
  strangers: StrangerLimits;
  credentials: CredentialGuard;
}

interface HolderLookup extends StrangerDeps {
  licenses: Pick<LicenseStore, 'findByKey'>;
}

/** The caller's network address, according to `TRUST_PROXY`; empty if there is none. */
export function callerAddress(request: Request): string {
  return request.ip ?? '';
}

/** Counts the request in the strangers' limits, or refuses it. */
export function limitStrangers({ strangers }: StrangerDeps, act: StrangerAct): RequestHandler {
  return (request, response, next) => {
    const refusal = strangers.take(act, callerAddress(request));
    if (refusal) sendAdminRefusal(request, response, refusal);
    else next();
  };
}

/**
 * Limits acts that are open to all, with or without a license key. A holder has a limit too. A wrong key is refused.
 * For a right one, `licenseOf` returns the license afterwards.
 */
export function limitCallers(deps: HolderLookup, act: StrangerAct): RequestHandler {
  return async (request, response, next) => {
    const key = keyInHeaders(request);
    const license = key === undefined ? null : await findHolder(key, request, deps);
    if (license?.kind === 'refusal') return sendAdminRefusal(request, response, license);
    const licenseId = license?.value.id ?? null;
    const limited = licenseId
      ? deps.strangers.takeById(act, licenseId)
      : deps.strangers.take(act, callerAddress(request));
    if (limited) return sendAdminRefusal(request, response, limited);
    response.locals.licenseId = licenseId;
    next();
  };
}

/** The license of the caller's key, after `limitCallers`; null for a caller without one. */
export function licenseOf(response: Response): string | null {
  return response.locals.licenseId;
}

/** The license of a key, also if it is suspended or expired: its holder may see it. */
export async function findHolder(
  key: string | undefined,
  request: Request,
  deps: HolderLookup,
): Promise<{ kind: 'license'; value: License } | Refusal> {
  const sent = (key ?? '').trim();
  const found = await deps.credentials.find(
    sent,
    () => callerAddress(request),
    () => deps.licenses.findByKey(sent),
    license => license.state !== 'revoked',
  );
  if (found && 'kind' in found) return found;
  if (!found || found.state === 'revoked') return refuseKey(key);
  if (request.res) noteLicense(request.res, found.id);
  return { kind: 'license', value: found };
}
