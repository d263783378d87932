import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { digestOf, newSecret } from '../../src/store/secrets/randomSecret.js';
import { type Service, startService } from '../harness/service.js';

let service: Service;
let operator: string;
beforeAll(async () => {
  service = await startService();
  operator = await service.signInAs('operator');
});
afterAll(() => service.close());

async function issue(email: string, plan: string) {
  const body = { email, plan, note: 'not for buyers' };
  const issued = await service.call('POST', '/admin/api/licenses', { token: operator, body });
  return issued.body as { license: { id: string }; key: string };
}

/** The cookie of a buyer who signed in. */
async function signedIn(email: string): Promise<Record<string, string>> {
  const { prisma } = service.database;
  const account = await prisma.account.findUniqueOrThrow({ where: { email } });
  const token = newSecret();
  const endsAt = new Date(Date.now() + 3_600_000);
  const data = {
    id: uuidv7(),
    accountId: account.id,
    tokenHash: digestOf(token),
    kind: 'session',
    endsAt,
  };
  await prisma.buyerSession.create({ data });
  return { Cookie: `sahm_session=${token}` };
}

test('the key of a buyer’s only license is shown alone', async () => {
  const { key } = await issue('one@example.com', 'pro');
  const headers = await signedIn('one@example.com');
  const { body } = await service.call('POST', '/api/license/reveal', { headers, body: {} });
  expect(body).toEqual({ key });
});

test('of several licenses the answer names the key’s license and the others; a chosen one is shown', async () => {
  const email = 'two@example.com';
  const first = await issue(email, 'basic');
  const second = await issue(email, 'vip');
  const revoked = await issue(email, 'pro');
  const path = `/admin/api/licenses/${revoked.license.id}/revoke`;
  await service.call('POST', path, { token: operator, body: {} });
  const headers = await signedIn(email);
  const reveal = (body: object) => service.call('POST', '/api/license/reveal', { headers, body });
  const shown = await reveal({});
  expect(shown.body).toMatchObject({ key: first.key, license: first.license.id });
  const listed = shown.body.licenses as Array<{ id: string; plan: string }>;
  expect(listed.map(({ id, plan }) => [id, plan])).toEqual([
    [first.license.id, 'basic'],
    [second.license.id, 'vip'],
  ]);
  expect(JSON.stringify(shown.body)).not.toContain('not for buyers');
  const named = await reveal({ license: second.license.id });
  expect(named.body).toMatchObject({ key: second.key, license: second.license.id });
  // One that does not run is not chosen where another does.
  const suspend = `/admin/api/licenses/${first.license.id}/suspend`;
  await service.call('POST', suspend, { token: operator, body: {} });
  expect((await reveal({})).body).toMatchObject({ key: second.key });
  expect((await reveal({ license: revoked.license.id })).status).toBe(404);
});
