// Requests made from the service's own document, half of them changed into something odd. FUZZ=20000 makes a
// long run, SEED repeats one.

import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ERROR_STATUS, type ErrorCode } from '../../src/domain/refusal.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { createOddValues, seedOf } from '../harness/oddValues.js';
import {
  createRequests,
  type Described,
  type Known,
  type MadeRequest,
} from '../harness/openApiRequests.js';
import { createRandom } from '../harness/random.js';
import { PASSWORD, type Service } from '../harness/service.js';
import { report, type Selling, startSelling } from './sellingFixture.js';

const COUNT = Number(process.env.FUZZ ?? 200);
const SEED = seedOf(process.env);

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
});
afterAll(() => selling.close());

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
afterAll(() => agent.destroy());

interface Sent {
  status: number;
  type: string;
  text: string;
}

function send({ method, path, headers, body }: MadeRequest): Promise<Sent> {
  const { hostname, port } = new URL(selling.service.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ agent, hostname, port, method, path, headers }, response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Creates one of everything, so that requests find something. `renew` creates it again when it is gone. */
async function prepare(
  service: Service,
): Promise<Known & { renew(scheme: string): Promise<void> }> {
  const spare = await service.createAdministrator('spare@example.com', 'operator');
  let administrators = 0;
  const tokens = [await service.signInAs('owner'), await service.signInAs('operator')];
  const ids = ['01930000-0000-7000-8000-000000000000'];
  const keys: string[] = [];
  async function renew(scheme: string): Promise<void> {
    if (scheme === 'administrator') {
      // Not by signing in, which is soon limited because of all the passwords that are tried.
      for (const role of ['owner', 'operator', 'viewer'] as const) {
        const name = `${role}-${++administrators}`;
        const administratorId = await service.createAdministrator(`${name}@example.com`, role);
        const wanted = { administratorId, name, role };
        const created = await service.deps.admin.tokens.create(wanted, SYSTEM);
        if (created.kind === 'refusal') throw new Error(created.code);
        tokens.push(created.token);
        if (tokens.length > 6) tokens.shift();
      }
      return;
    }
    for (const plan of ['vip', 'basic']) {
      const { id, key } = await service.issue(plan);
      ids.push(id);
      keys.push(key);
      if (ids.length > 5) ids.splice(1, 1);
      if (keys.length > 4) keys.shift();
    }
  }
  await renew('administrator');
  await renew('licenseKey');
  const made = await service.call('POST', '/admin/api/tokens', {
    token: tokens[0],
    body: { name: 'fuzz', role: 'viewer' },
  });
  const bought = { order_id: 'o1', line_id: '1', fact: 'bought', product: 'pro-month' };
  const occurred_at = new Date().toISOString();
  await report(service, { ...bought, email: 'buyer-1@example.com', occurred_at });
  const { rows: events } = await service.deps.selling.purchases.list({ limit: 1 });
  const [account] = await service.database.prisma.account.findMany({ take: 1 });
  const link = await service.deps.selling.buyers.openSignIn(account?.id as string);
  const session = await service.deps.selling.buyers.signIn(link);
  const random = createRandom(SEED + 1);
  return {
    renew,
    values: {
      'licenses/id': ids,
      'administrators/id': [spare],
      'tokens/id': [made.body.id as string],
      'purchases/id': events.map(event => event.id),
      'webhook-endpoints/id': ids,
      'notices/id': ids,
      'grants/grant': ids,
      'models/id': ['openai/gpt-5.2', 'gpt-5.2', 'none'],
      'jobs/name': ['expire-holds', 'expire-licenses', 'apply-waiting-purchases', 'none'],
      'exports/file': ['licenses.csv', 'requests.jsonl', 'purchases.csv', 'none.csv'],
      'claim/token': ['x'.repeat(43)],
      'sign-in/token': ['x'.repeat(43)],
      license: ids,
      plan: ['basic', 'PRO', 'vip'],
      product: ['404', '516', 'pro-month'],
      model: ['openai/gpt-5.2', 'deepseek/deepseek-chat'],
      api_key: keys,
      key: keys,
      password: [PASSWORD],
      // Reaches nobody: notices go to a closed port of this machine.
      url: ['http://127.0.0.1:1/hook'],
    },
    credentials: {
      administrator: () => ({
        Authorization: `Bearer ${random.pick(tokens)}`,
      }),
      licenseKey: () => ({ Authorization: `Bearer ${random.pick(keys)}` }),
      licenseKeyHeader: () => ({ 'X-API-Key': random.pick(keys) as string }),
      cookie: () => ({ Cookie: `sahm_session=${session?.token}` }),
    },
    headers: {
      'Idempotency-Key': ['once', 'twice'],
      'Accept-Language': ['fa', 'en', 'zh-TW', '*'],
      'X-Request-Id': ['mine'],
      Cookie: [`sahm_session=${session?.token}`, 'sahm_admin_refresh=x'],
      'X-API-Key': keys,
      'X-Forwarded-For': ['203.0.113.9'],
      Accept: ['*/*', 'text/event-stream'],
    },
  };
}

/** What is wrong with an answer; null for a good one. The service harness checks it against the document. */
function faultIn({ status, type, text }: Sent): string | null {
  if (status >= 500) return `${status} ${text}`;
  if (status < 400) return null;
  if (!type.startsWith('application/json')) return `${status} is no JSON: ${type}`;
  const body = JSON.parse(text);
  const said = typeof body.error === 'object' ? body.error.code : body.code;
  // Seed 004's name for it.
  const code: ErrorCode = said === 'invalid_api_key' ? 'invalid_license_key' : said;
  if (!Object.hasOwn(ERROR_STATUS, code)) return `${status} without a code: ${text}`;
  if (ERROR_STATUS[code] !== status) return `${status} with ${text}`;
  // The last resort: the borders let something through that the database then refused.
  return /cannot be stored|value_not_storable/.test(text) ? text : null;
}

test(
  `no request gets a 5xx, and each refusal a stable code (SEED=${SEED})`,
  async () => {
    const { service } = selling;
    const random = createRandom(SEED);
    const odd = createOddValues(random);
    const document = (await service.call('GET', '/openapi.json')).body as unknown as Described;
    const known = await prepare(service);
    const next = createRequests(document, known, { random, odd });
    const wrong: string[] = [];
    const seen = new Map<number, number>();
    for (let index = 0; index < COUNT; index++) {
      const made = next();
      const sent = await send(made);
      seen.set(sent.status, (seen.get(sent.status) ?? 0) + 1);
      const fault = faultIn(sent);
      // One of the requests signed out, disabled or revoked it.
      if (sent.status === 401 && made.credential) await known.renew(made.credential);
      if (fault) wrong.push(`${JSON.stringify(made).slice(0, 1_500)}\n-> ${fault.slice(0, 500)}`);
    }
    if (COUNT > 1_000) console.log(`SEED=${SEED}`, Object.fromEntries(seen));
    expect(wrong).toEqual([]);
    // Proves that the requests get past the access checks.
    expect(seen.get(200)).toBeGreaterThan(COUNT / 20);
    expect(await service.deps.findProblems()).toEqual([]);
  },
  60_000 + COUNT * 200,
);
