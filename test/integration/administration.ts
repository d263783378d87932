// The administration API and the holder's view over HTTP, on a database of the test's own.

import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import express from 'express';
import supertest from 'supertest';
import { v7 as uuidv7 } from 'uuid';
import type { License } from '../../src/domain/license.js';
import type { Provider } from '../../src/domain/provider.js';
import { adminRoutes } from '../../src/http/admin/index.js';
import { holderRoutes } from '../../src/http/holder.js';
import { createAdministratorStore, type Role } from '../../src/store/administrators.js';
import { loadCatalog } from '../../src/store/catalog.js';
import { createGrantStore } from '../../src/store/grants.js';
import { createKeyVault } from '../../src/store/keyVault.js';
import { createLedger, type HoldResult } from '../../src/store/ledger/index.js';
import { createLicenseStore } from '../../src/store/licenses.js';
import { createPurchaseStore } from '../../src/store/purchases/index.js';
import { readUsageReport } from '../../src/store/usageReport.js';
import { findLedgerProblems } from '../../src/store/verify.js';
import { openTestDatabase } from '../harness/testDatabase.js';

export const PASSWORD = 'a password of the tests';
export const JWT_SECRET = 'a secret of the tests, long enough for HS256';
const timeZone = 'UTC';

export type Administration = Awaited<ReturnType<typeof openAdministration>>;
type Body = Record<string, unknown>;

export async function openAdministration() {
  const database = await openTestDatabase();
  const { prisma } = database;
  const theCatalog = await loadCatalog('catalog');
  const catalog = () => theCatalog;
  const vault = createKeyVault({ pepper: 'p'.repeat(32), encryptionKey: randomBytes(32) });
  const ledger = createLedger(prisma, catalog, { timeZone, leaseMs: 60_000 });
  const licenses = createLicenseStore({ prisma, catalog, vault, timeZone });
  const grants = createGrantStore({ prisma, catalog, timeZone });
  const administrators = createAdministratorStore(prisma);
  const deps = {
    administrators,
    licenses,
    grants,
    ledger,
    jwtSecret: JWT_SECRET,
    purchases: createPurchaseStore({
      prisma,
      catalog,
      vault,
      timeZone,
      graceDays: 0,
      subscriptionGraceDays: 0,
    }),
    shops: { stripe: null, woocommerce: null, signed: null },
    findProblems: () => findLedgerProblems(prisma),
    runJob: async (name: string) =>
      name === 'expire-licenses'
        ? { outcome: 'done' as const, result: { expired: await licenses.expireDue(100) } }
        : { outcome: 'unknown' as const },
  };
  const app = express();
  app.use('/admin/api', adminRoutes(deps));
  app.use(
    holderRoutes({
      ...deps,
      usageReport: (id, query) => readUsageReport(prisma, id, query, timeZone),
    }),
  );
  const passwordHash = await hash(PASSWORD);

  /** A request with a token; `body` is sent as JSON, text as it stands. */
  function call(method: 'get' | 'post' | 'patch' | 'delete', path: string, token?: string) {
    const request = supertest(app)[method](path);
    return token === undefined ? request : request.set('Authorization', `Bearer ${token}`);
  }

  return {
    ...deps,
    prisma,
    app,
    call,
    close: () => database.close(),
    async createAdministrator(email: string, role: Role) {
      await prisma.administrator.create({ data: { id: uuidv7(), email, role, passwordHash } });
    },
    /** Creates an administrator of this role, signs in, and gives the token. */
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
    /** Does what a chat does to the counters: holds one unit and posts it. */
    async use(key: string, provider: Provider): Promise<HoldResult['kind']> {
      const license = (await licenses.findByKey(key)) as License;
      const holdId = uuidv7();
      const { id: licenseId, keyId, version } = license;
      const want = { holdId, licenseId, keyId, version, provider, units: 1, model: 'm' };
      const hold = await ledger.hold(want);
      if (hold.kind === 'held')
        await ledger.settle({ holdId, outcome: 'posted', reason: 'success' });
      return hold.kind;
    },
  };
}
