import type { Refusal } from '../../domain/refusal.js';
import type { ShownGrant, WantedGrant } from '../../store/grants.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { renderBreakdown, renderGrant } from '../licenseView.js';
import { grantAnswer } from '../wire.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { type Answer, answer } from './respond.js';
import { anyGrantBody, grantBody } from './schemas.js';

/** Where a grant comes from that an administrator gives; the audit log names which one. */
const SOURCE = 'administrator';

/** Giving add-ons and taking them back. */
export function grantEndpoints(deps: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'post',
        path: '/admin/api/licenses/{id}/grants',
        summary: 'Gives an add-on product, or so many units with a reason',
        access: 'operator',
        body: anyGrantBody,
        bodyFor: grantBody,
        answers: { 201: grantAnswer },
      },
      async ({ request, response, params, body }) => {
        const id = params.id as string;
        const actor = actorOf(request, response);
        return shown(
          deps,
          id,
          201,
          await deps.grants.grant(id, body as WantedGrant, SOURCE, actor),
        );
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
      async ({ request, response, params }) => {
        const { id = '', grant = '' } = params;
        const actor = actorOf(request, response);
        return shown(deps, id, 200, await deps.grants.withdraw(id, grant, actor));
      },
    ),
  ];
}

async function shown(
  { ledger }: AdminDeps,
  licenseId: string,
  status: number,
  result: ShownGrant | Refusal,
): Promise<Answer | Refusal> {
  if (result.kind === 'refusal') return result;
  const usage_breakdown = renderBreakdown(await ledger.usage(licenseId));
  return answer(status, { grant: renderGrant(result.grant), usage_breakdown });
}
