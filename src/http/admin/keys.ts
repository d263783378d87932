import type { Request } from 'express';
import { type Refusal, refuseField } from '../../domain/refusal.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { idPageQuery, noQuery } from '../kernel/inputForms.js';
import { renderLicense } from '../licenseView.js';
import { namedKeyEndpoints } from '../namedKeyEndpoints.js';
import { keyAnswer, rotatedAnswer } from '../wire.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { DEFAULT_GRACE_SECONDS, rotateBody, rotationName } from './licenseSchemas.js';

/** Rotates a license's key, and shows the current one. */
export function keyEndpoints({ licenseKeys }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'post',
        path: '/admin/api/licenses/{id}/rotate',
        summary:
          'A new key; both work in the grace time. The same Idempotency-Key again gives the same key',
        access: 'operator',
        body: rotateBody,
        answers: { 200: rotatedAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const named = rotationNameOf(request);
        if (named.kind === 'refusal') return named;
        const { grace_seconds: graceSeconds = DEFAULT_GRACE_SECONDS } = body;
        const rotation = named.name === undefined ? undefined : `administrator:${named.name}`;
        const wanted = { graceSeconds, rotation };
        const actor = actorOf(request, response);
        const rotated = await licenseKeys.rotate(params.id as string, wanted, actor);
        if (rotated.kind === 'refusal') return rotated;
        return answer(200, {
          license: renderLicense(rotated.license),
          key: rotated.key,
          previous_key_valid_until: rotated.previousValidUntil?.toISOString() ?? null,
        });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/licenses/{id}/reveal',
        summary: 'The current key, read again; the audit log says by whom',
        access: 'owner',
        answers: { 200: keyAnswer },
      },
      async ({ answer, request, response, params }) => {
        const actor = actorOf(request, response);
        const revealed = await licenseKeys.reveal(params.id as string, actor);
        return revealed.kind === 'refusal' ? revealed : answer(200, { key: revealed.key });
      },
    ),
  ];
}

/** The named keys of a license. */
export function licenseNamedKeys({ namedKeys }: AdminDeps): Endpoint[] {
  return namedKeyEndpoints(
    {
      path: '/admin/api/licenses/{id}/keys',
      read: { access: 'viewer', query: idPageQuery },
      manage: { access: 'operator', query: noQuery },
      callerOf: (request, response, { id = '' }) => {
        return { licenseId: id, actor: actorOf(request, response) };
      },
    },
    namedKeys,
  );
}

/** Reads the `Idempotency-Key` of a rotation, which is optional. */
function rotationNameOf(request: Request): Refusal | { kind: 'named'; name: string | undefined } {
  const name = request.headers['idempotency-key'];
  if (name === undefined) return { kind: 'named', name };
  const parsed = rotationName.safeParse(name);
  if (parsed.success) return { kind: 'named', name: parsed.data };
  return refuseField('Idempotency-Key', '1 to 255 printable characters, no key among them');
}
