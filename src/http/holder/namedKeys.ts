// The named keys of a license, for its holder. Any of its keys may read them. Only the master key may make, change and
// withdraw them, or a signed-in buyer, whose session stands for it.

import type { Request, RequestHandler, Response } from 'express';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { Actor } from '../../store/admin/audit.js';
import type { LicenseStore } from '../../store/licenses/licenses.js';
import type { NamedKeyStore } from '../../store/licenses/namedKeys.js';
import { sendAdminRefusal } from '../kernel/answering.js';
import { keyInHeaders } from '../kernel/credentials.js';
import type { Endpoint } from '../kernel/endpoint.js';
import { idPageQuery, noQuery } from '../kernel/inputForms.js';
import { callerAddress, findHolder, type StrangerDeps } from '../kernel/strangers.js';
import { namedKeyEndpoints } from '../namedKeyEndpoints.js';

export interface HolderKeyDeps extends StrangerDeps {
  licenses: Pick<LicenseStore, 'findByKey'>;
  namedKeys: NamedKeyStore;
}

export function holderKeyEndpoints(deps: HolderKeyDeps): Endpoint[] {
  const access = 'holder';
  return namedKeyEndpoints(
    {
      path: '/api/license/keys',
      read: { access, before: [requireHolder(deps, 'read')], query: idPageQuery },
      manage: { access, before: [requireHolder(deps, 'manage')], query: noQuery },
      callerOf: (_, response) => callerOf(response),
    },
    deps.namedKeys,
  );
}

interface Caller {
  kind: 'caller';
  licenseId: string;
  actor: Actor;
}

function callerOf(response: Response): Caller {
  return response.locals.caller;
}

function requireHolder(deps: HolderKeyDeps, act: 'read' | 'manage'): RequestHandler {
  return async (request, response, next) => {
    const caller = await findCaller(request, act, deps);
    if (caller.kind === 'refusal') return sendAdminRefusal(request, response, caller);
    response.locals.caller = caller;
    next();
  };
}

async function findCaller(
  request: Request,
  act: 'read' | 'manage',
  deps: HolderKeyDeps,
): Promise<Caller | Refusal> {
  const license = await findHolder(keyInHeaders(request), request, deps);
  if (license.kind === 'refusal') return license;
  const { id: licenseId, namedKey, isUsable } = license.value;
  if (act === 'manage' && namedKey) return refuse('forbidden', 'master_key_needed', {});
  if (act === 'manage' && !isUsable) return refuse('invalid_license_key', 'license_invalid', {});
  return { kind: 'caller', licenseId, actor: actorNamed('holder', request) };
}

function actorNamed(name: string, request: Request): Actor {
  return { administratorId: null, name, address: callerAddress(request) };
}
