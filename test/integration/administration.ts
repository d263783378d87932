// The administration API and the holder's routes over HTTP, on the test's own database.

import supertest from 'supertest';
import { v7 as uuidv7 } from 'uuid';
import type { License } from '../../src/domain/license.js';
import type { Provider } from '../../src/domain/provider.js';
import type { Role } from '../../src/store/admin/administrators.js';
import type { HoldResult } from '../../src/store/ledger/index.js';
import { PASSWORD, startService } from '../harness/service.js';

export { PASSWORD };
export const JWT_SECRET = 'a secret of the tests, long enough for HS256';

export type Administration = Awaited<ReturnType<typeof openAdministration>>;
type Body = Record<string, unknown>;

export async function openAdministration() {
  const service = await startService({ env: { JWT_SECRET } });
  const { admin, chat } = service.deps;
  const { prisma, direct } = service.database;
  const { licenses } = admin;
  const { ledger } = chat;

  /** A request with a token. `body` is sent as JSON, a text unchanged. */
  function call(method: 'get' | 'post' | 'patch' | 'delete', path: string, token?: string) {
    const request = supertest(service.url)[method](path);
    return token === undefined ? request : request.set('Authorization', `Bearer ${token}`);
  }

  return {
    ...admin,
    prisma,
    direct,
    call,
    close: () => service.close(),
    createAdministrator: (email: string, role: Role) => service.createAdministrator(email, role),
    /** Creates an administrator of this role and signs in; returns the token. */
    async signInAs(role: Role): Promise<string> {
      const email = `${role}-${uuidv7()}@example.com`;
      await this.createAdministrator(email, role);
      const signedIn = await call('post', '/admin/api/session').send({ email, password: PASSWORD });
      return signedIn.body.token;
    },
    async issue(token: string, body: Body): Promise<{ id: string; key: string }> {
      const email = `${uuidv7()}@example.com`;
      const issued = await call('post', '/admin/api/licenses', token).send({ email, ...body });
      if (issued.status !== 201) throw new Error(JSON.stringify(issued.body));
      return { id: issued.body.license.id, key: issued.body.key };
    },
    /** Does to the counters what a chat does: holds one unit and posts it. */
    async use(key: string, provider: Provider): Promise<HoldResult['kind']> {
      const license = (await licenses.findByKey(key)) as License;
      const holdId = uuidv7();
      const { id: licenseId, keyId, version } = license;
      const want = { holdId, licenseId, keyId, version, provider, units: 1, model: 'm' };
      const hold = await ledger.hold(want);
      if (hold.kind === 'held')
        await ledger.settle({ holdId, licenseId, outcome: 'posted', reason: 'success' });
      return hold.kind;
    },
  };
}
