import { refuse } from '../../domain/refusal.js';
import { roleAllows } from '../../domain/role.js';
import type { AdministratorView } from '../../store/admin/administrators.js';
import type { AdminTokenView } from '../../store/admin/tokens.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import type { AdminDeps } from './adminDeps.js';
import { type AdminCaller, actorOf, callerOf } from './authentication.js';
import { administratorBody, administratorChangeBody, tokenBody } from './schemas.js';
import {
  type AdministratorWire,
  administratorAnswer,
  administratorsAnswer,
  type TokenWire,
  tokenAnswer,
  tokenMadeAnswer,
  tokensAnswer,
} from './wire.js';

/** Administrators, and their tokens for scripts. */
export function administratorEndpoints(deps: AdminDeps): Endpoint[] {
  const { administrators } = deps;
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/administrators',
        summary: 'All administrators',
        access: 'owner',
        answers: { 200: administratorsAnswer },
      },
      async ({ answer }) =>
        answer(200, { administrators: (await administrators.list()).map(render) }),
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/administrators',
        summary: 'A new administrator',
        access: 'owner',
        body: administratorBody,
        answers: { 201: administratorAnswer },
      },
      async ({ answer, request, response, body }) => {
        const created = await administrators.create(body, actorOf(request, response));
        if (created.kind === 'refusal') return created;
        return answer(201, { administrator: render(created.administrator) });
      },
    ),
    endpoint(
      {
        method: 'patch',
        path: '/admin/api/administrators/{id}',
        summary: 'Changes role or password, disables or enables; at once',
        access: 'owner',
        body: administratorChangeBody,
        answers: { 200: administratorAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const id = params.id as string;
        const changed = await administrators.change(id, body, actorOf(request, response));
        if (changed.kind === 'refusal') return changed;
        return answer(200, { administrator: render(changed.administrator) });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/administrators/{id}/reset-second-factor',
        summary: 'Switches off the second factor of an administrator who lost it',
        access: 'owner',
        answers: { 200: administratorAnswer },
      },
      async ({ answer, request, response, params }) => {
        const id = params.id as string;
        const reset = await administrators.resetSecondFactor(id, actorOf(request, response));
        if (reset.kind === 'refusal') return reset;
        return answer(200, { administrator: render(reset.administrator) });
      },
    ),
    ...tokenEndpoints(deps),
  ];
}

function tokenEndpoints({ tokens, instantOf }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/tokens',
        summary: 'Own API tokens; an owner sees everyone’s',
        access: 'viewer',
        answers: { 200: tokensAnswer },
      },
      async ({ answer, response }) => {
        const found = await tokens.list(whose(callerOf(response)));
        return answer(200, { tokens: found.map(renderToken) });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/tokens',
        summary: 'A new API token, shown this once; of the own role or a lesser one',
        access: 'viewer',
        body: tokenBody,
        answers: { 201: tokenMadeAnswer },
      },
      async ({ answer, request, response, body }) => {
        const caller = callerOf(response);
        const { name, role = caller.role, expires_at } = body;
        const expiresAt = await instantOf(expires_at);
        // If a token could make tokens, its power would never end.
        if (caller.kind === 'token') return refuse('forbidden', 'session_needed', {});
        if (!roleAllows(caller.role, role)) return refuse('forbidden', 'forbidden', { role });
        const { administratorId } = caller;
        const wanted = { administratorId, name, role, ...(expiresAt && { expiresAt }) };
        const created = await tokens.create(wanted, actorOf(request, response));
        if (created.kind === 'refusal') return created;
        return answer(201, { token: created.token, ...renderToken(created.view) });
      },
    ),
    endpoint(
      {
        method: 'delete',
        path: '/admin/api/tokens/{id}',
        summary: 'Revokes an API token, at once',
        access: 'viewer',
        answers: { 200: tokenAnswer },
      },
      async ({ answer, request, response, params }) => {
        const actor = actorOf(request, response);
        const revoked = await tokens.revoke(params.id as string, whose(callerOf(response)), actor);
        return revoked.kind === 'refusal' ? revoked : answer(200, renderToken(revoked.view));
      },
    ),
  ];
}

/** Whose tokens a caller sees: an owner sees all, others their own. */
function whose({ role, administratorId }: AdminCaller): string | null {
  return role === 'owner' ? null : administratorId;
}

function render(administrator: AdministratorView): AdministratorWire {
  const { id, email, role, disabled, secondFactor, createdAt } = administrator;
  const created_at = createdAt.toISOString();
  return { id, email, role, disabled, second_factor: secondFactor, created_at };
}

function renderToken(token: AdminTokenView): TokenWire {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    last4: token.last4,
    email: token.email,
    created_at: token.createdAt.toISOString(),
    expires_at: token.expiresAt.toISOString(),
    revoked_at: token.revokedAt?.toISOString() ?? null,
  };
}
