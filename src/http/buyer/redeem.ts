// Redeems a code: for the license whose key is sent too, or for an e-mail address.

import { z } from 'zod';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { BuyerStore } from '../../store/licenses/buyers.js';
import type { GrantStore } from '../../store/licenses/grants.js';
import type { LicenseStore } from '../../store/licenses/licenses.js';
import type { CodeStore } from '../../store/purchases/codes.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { email, text } from '../kernel/inputForms.js';
import { callerAddress, licenseOf, limitCallers, type StrangerDeps } from '../kernel/strangers.js';
import { renderGrant, renderOwnLicense } from '../licenseView.js';
import { type RedeemedWire, redeemedAnswer } from './wire.js';

export interface RedeemDeps extends StrangerDeps {
  codes: Pick<CodeStore, 'redeem'>;
  licenses: Pick<LicenseStore, 'findByKey' | 'details'>;
  grants: Pick<GrantStore, 'list'>;
  buyers: BuyerStore;
  mailLinksSoon(): void;
}

/** Enough for a code with any spaces and hyphens. */
const LONGEST_CODE = 100;
const redeemBody = z.strictObject({ code: text(LONGEST_CODE), email: email.optional() });

export function redeem(deps: RedeemDeps): Endpoint {
  return endpoint(
    {
      method: 'post',
      path: '/api/redeem',
      summary:
        'Redeems a code for the license of the key, or issues a license to an e-mail address',
      access: 'public',
      before: [limitCallers(deps, 'redeem')],
      body: redeemBody,
      answers: { 200: redeemedAnswer },
    },
    async ({ answer, request, response, body }) => {
      const licenseId = licenseOf(response);
      const address = callerAddress(request);
      if (licenseId !== null) {
        const by = { administratorId: null, name: 'holder', address };
        const redeemed = await deps.codes.redeem(body.code, { licenseId }, by);
        if (redeemed.kind === 'refusal') return redeemed;
        return answer(200, await renderHolders(licenseId, redeemed.grantId, deps));
      }
      if (body.email === undefined) return refuseWithoutEmail();
      const by = { administratorId: null, name: 'stranger', address };
      const redeemed = await deps.codes.redeem(body.code, { email: body.email }, by);
      if (redeemed.kind === 'refusal') return redeemed;
      deps.strangers.giveBack('redeem', address);
      deps.mailLinksSoon();
      // The caller need not own the named address, so the answer shows no license.
      return answer(
        200,
        redeemed.isIssued ? await renderIssued(redeemed.licenseId, deps) : NOT_SHOWN,
      );
    },
  );
}

const NOT_SHOWN: RedeemedWire = { license: null };

async function renderHolders(
  licenseId: string,
  grantId: string | null,
  deps: RedeemDeps,
): Promise<RedeemedWire> {
  const license = await renderOwn(licenseId, deps);
  const grant = (await deps.grants.list(licenseId)).find(({ id }) => id === grantId);
  return grant ? { license, grant: renderGrant(grant) } : { license };
}

async function renderIssued(licenseId: string, deps: RedeemDeps): Promise<RedeemedWire> {
  const license = await renderOwn(licenseId, deps);
  const key = await deps.buyers.keyOf(licenseId);
  return key === null ? { license } : { license, key };
}

async function renderOwn(
  licenseId: string,
  { licenses }: RedeemDeps,
): Promise<RedeemedWire['license']> {
  const details = await licenses.details(licenseId);
  return details && renderOwnLicense(details);
}

function refuseWithoutEmail(): Refusal {
  const field = 'email';
  return refuse('invalid_request', 'field_missing', { field }, { field });
}
