import type { CodeView } from '../../store/purchases/codes.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { idPageQuery } from '../kernel/inputForms.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { codesBody } from './schemas.js';
import { type CodeWire, codeAnswer, codesAnswer, codesMadeAnswer } from './wire.js';

/** Codes to give away: makes them, lists them with their state, and withdraws unused ones. */
export function codeEndpoints({ codes, instantOf }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'post',
        path: '/admin/api/codes',
        summary: 'New codes, each worth a product; they are shown this once',
        access: 'operator',
        body: codesBody,
        answers: { 201: codesMadeAnswer },
      },
      async ({ answer, request, response, body }) => {
        const { expires_at, ...wanted } = body;
        const expiresAt = await instantOf(expires_at);
        const made = await codes.create({ ...wanted, expiresAt }, actorOf(request, response));
        return made.kind === 'refusal' ? made : answer(201, { codes: made.codes });
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/codes',
        summary: 'Codes and what became of them, newest first; never the codes themselves',
        access: 'viewer',
        query: idPageQuery,
        answers: { 200: codesAnswer },
      },
      async ({ answer, query }) => {
        const page = await codes.list(query);
        return answer(200, { codes: page.rows.map(render), next_cursor: page.nextCursor });
      },
    ),
    endpoint(
      {
        method: 'delete',
        path: '/admin/api/codes/{id}',
        summary: 'Withdraws a code that nobody used',
        access: 'operator',
        answers: { 200: codeAnswer },
      },
      async ({ answer, request, response, params }) => {
        const withdrawn = await codes.withdraw(params.id as string, actorOf(request, response));
        return withdrawn.kind === 'refusal'
          ? withdrawn
          : answer(200, { code: render(withdrawn.code) });
      },
    ),
  ];
}

function render(code: CodeView): CodeWire {
  return {
    id: code.id,
    product: code.product,
    state: code.state,
    license_id: code.licenseId,
    created_at: code.createdAt.toISOString(),
    expires_at: code.expiresAt?.toISOString() ?? null,
    used_at: code.usedAt?.toISOString() ?? null,
    note: code.note,
  };
}
