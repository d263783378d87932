import type { ShownGrant, WantedGrant } from '../../store/licenses/grants.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { renderBreakdown, renderGrant } from '../licenseView.js';
import { type GrantAnswerWire, grantAnswer } from '../wire.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { anyGrantBody, grantBody } from './licenseSchemas.js';

/** The source of grants that an administrator gives. The audit log has the administrator. */
const SOURCE = 'administrator';

/** Gives add-ons and takes them back. */
export function grantEndpoints(deps: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'post',
        path: '/admin/api/licenses/{id}/grants',
        summary: 'Gives an add-on product, or so many units with a reason; for good or for a time',
        access: 'operator',
        body: anyGrantBody,
        bodyFor: grantBody,
        answers: { 201: grantAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const id = params.id as string;
        const actor = actorOf(request, response);
        const { expires_at, ...wanted } = body;
        const expiresAt = await deps.instantOf(expires_at);
        const forATime = { ...(wanted as WantedGrant), expiresAt };
        const granted = await deps.grants.grant(id, forATime, SOURCE, actor);
        return granted.kind === 'refusal' ? granted : answer(201, await render(granted, id, deps));
      },
    ),
    endpoint(
      {
        method: 'delete',
        path: '/admin/api/licenses/{id}/grants/{grant}',
        summary: 'Takes back what is not used of a grant',
        access: 'operator',
        answers: { 200: grantAnswer },
      },
      async ({ answer, request, response, params }) => {
        const { id = '', grant = '' } = params;
        const actor = actorOf(request, response);
        const left = await deps.grants.withdraw(id, grant, actor);
        return left.kind === 'refusal' ? left : answer(200, await render(left, id, deps));
      },
    ),
  ];
}

async function render(
  { grant, withdrawn }: ShownGrant,
  licenseId: string,
  { ledger }: AdminDeps,
): Promise<GrantAnswerWire> {
  const usage_breakdown = renderBreakdown(await ledger.usage(licenseId));
  const taken = withdrawn === undefined ? {} : { withdrawn };
  return { grant: renderGrant(grant), ...taken, usage_breakdown };
}
