import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { createCheck, type OpenApi } from '../../harness/answerCheck.js';
import { type Service, startService } from '../../harness/service.js';

let service: Service;
let document: OpenApi;
beforeAll(async () => {
  service = await startService();
  document = (await service.call('GET', '/openapi.json')).body as unknown as OpenApi;
});
afterAll(() => service.close());

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(document).toMatchObject({ openapi: '3.1.0' });
});

test('says what administrators send, and who may', () => {
  const issue = document.paths['/admin/api/licenses']?.post as unknown as Record<string, unknown>;
  expect(issue).toMatchObject({
    security: [{ administrator: [] }],
    description: 'Needs the role operator.',
    requestBody: {
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['email', 'plan'],
            additionalProperties: false,
            properties: { email: { type: 'string' }, note: { type: 'string' } },
          },
        },
      },
    },
  });
});

test('an answer with a field too many, one too few, or another status is found', () => {
  const check = createCheck(document);
  const answer = (status: number, body: object) => ({
    status,
    type: 'application/json; charset=utf-8',
    body: () => JSON.stringify(body),
  });
  const verify = (status: number, body: object) =>
    check('GET', '/admin/api/verify', answer(status, body));
  expect(verify(200, { ok: true, problems: [] })).toBeNull();
  expect(verify(200, { ok: true, problems: [], key: 'x' })).toMatch(/additional properties/);
  expect(verify(200, { ok: true })).toMatch(/required/);
  expect(verify(201, { ok: true, problems: [] })).toMatch(/status/);
  expect(verify(500, { message: 'x' })).toMatch(/GET \/admin\/api\/verify 500/);
  expect(check('GET', '/nowhere', answer(200, {}))).toMatch(/not in the document/);
});
