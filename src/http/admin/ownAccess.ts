import type { Response } from 'express';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { callerAddress } from '../kernel/strangers.js';
import type { AdminDeps } from './adminDeps.js';
import { type AdminCaller, actorOf, callerOf } from './authentication.js';
import {
  newPasswordBody,
  ownPasswordBody,
  secondFactorCodeBody,
  secondFactorRemovalBody,
} from './schemas.js';
import { recoveryCodesAnswer, secondFactorAnswer, secondFactorBegunAnswer } from './wire.js';

type SessionCaller = Extract<AdminCaller, { kind: 'session' }>;

/** An administrator's own password and second factor. */
export function ownAccessEndpoints(deps: AdminDeps): Endpoint[] {
  return [changePassword(deps), ...secondFactorEndpoints(deps)];
}

function changePassword(deps: AdminDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/admin/api/session/password',
      summary: 'A new password of your own; ends your other sessions and your API tokens',
      access: 'viewer',
      body: newPasswordBody,
      answers: { 204: null },
    },
    async ({ answer, request, response, body }) => {
      const caller = ownCaller(response);
      if (caller.kind === 'refusal') return caller;
      const unproven = await provePassword(caller, body.password, callerAddress(request), deps);
      if (unproven) return unproven;
      const { administratorId: id, email, sessionId } = caller;
      const changed = await deps.administrators.changeOwnPassword(
        { id, email, sessionId, password: body.new_password },
        actorOf(request, response),
      );
      return changed?.kind === 'refusal' ? changed : answer(204, null);
    },
  );
}

function secondFactorEndpoints(deps: AdminDeps): Endpoint[] {
  const { secondFactors } = deps;
  const path = '/admin/api/session/second-factor';
  return [
    endpoint(
      {
        method: 'get',
        path,
        summary: 'Whether your second factor is on, and how many recovery codes are left',
        access: 'viewer',
        answers: { 200: secondFactorAnswer },
      },
      async ({ answer, response }) => {
        const { isOn, recoveryCodesLeft } = await secondFactors.state(
          callerOf(response).administratorId,
        );
        return answer(200, { enabled: isOn, recovery_codes_left: recoveryCodesLeft });
      },
    ),
    endpoint(
      {
        method: 'post',
        path,
        summary: 'A secret for an app of one-time codes; it counts once a code of it is confirmed',
        access: 'viewer',
        body: ownPasswordBody,
        answers: { 200: secondFactorBegunAnswer },
      },
      async ({ answer, request, response, body }) => {
        const caller = ownCaller(response);
        if (caller.kind === 'refusal') return caller;
        const unproven = await provePassword(caller, body.password, callerAddress(request), deps);
        if (unproven) return unproven;
        const { administratorId: id, email } = caller;
        const begun = await secondFactors.begin({ id, email });
        if (begun.kind === 'refusal') return begun;
        return answer(200, { secret: begun.secret, uri: begun.uri });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: `${path}/confirm`,
        summary:
          'Switches your second factor on with a code of the app; the answer has the recovery codes, this once. Ends your other sessions',
        access: 'viewer',
        body: secondFactorCodeBody,
        answers: { 200: recoveryCodesAnswer },
      },
      async ({ answer, request, response, body }) => {
        const caller = ownCaller(response);
        if (caller.kind === 'refusal') return caller;
        const actor = actorOf(request, response);
        const { administratorId, sessionId } = caller;
        const confirmed = await secondFactors.confirm(administratorId, body.code, sessionId, actor);
        if (confirmed.kind === 'refusal') return confirmed;
        return answer(200, { recovery_codes: confirmed.recoveryCodes });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: `${path}/remove`,
        summary:
          'Switches your second factor off, with your password and a code (or a recovery code)',
        access: 'viewer',
        body: secondFactorRemovalBody,
        answers: { 204: null },
      },
      async ({ answer, request, response, body }) => {
        const caller = ownCaller(response);
        if (caller.kind === 'refusal') return caller;
        const unproven = await provePassword(
          caller,
          body.password,
          callerAddress(request),
          deps,
          body.code,
        );
        if (unproven) return unproven;
        await secondFactors.remove(caller.administratorId, actorOf(request, response));
        return answer(204, null);
      },
    ),
  ];
}

/** Refuses callers with only an API token: they may change neither of the two. */
function ownCaller(response: Response): SessionCaller | Refusal {
  const caller = callerOf(response);
  if (caller.kind === 'session') return caller;
  return refuse('conflict', 'conflict', {
    reason: 'an API token changes no password and no second factor. Sign in with the password.',
  });
}

/** Null if the password is right, and the code too if one is given. Limits guesses in the same way as sign-ins. */
async function provePassword(
  { email }: SessionCaller,
  password: string,
  address: string,
  { sessions }: AdminDeps,
  code?: string,
): Promise<Refusal | null> {
  const proof = await sessions.prove(email, password, address, code);
  switch (proof.kind) {
    case 'right':
      return null;
    case 'limited':
      return refuse(
        'rate_limited',
        'rate_limited',
        {},
        { retryAfterSeconds: proof.retryAfterSeconds },
      );
    case 'wrong_code':
      return refuseField('code', 'a code that is right, and that was not used yet');
    case 'wrong':
      return refuseField('password', 'the password that you sign in with');
  }
}
