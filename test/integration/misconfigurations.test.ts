// A wrong configuration is refused, or reported at the start and in /readyz, or found by the doctor. No fault stays
// unnoticed.

import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { v7 as newId } from 'uuid';
import { loadConfig } from '../../src/config.js';
import { buildDeps, type Deps } from '../../src/deps/index.js';
import { examine } from '../../src/doctor/index.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import type { Database } from '../../src/store/database/database.js';
import { joinReplicas } from '../../src/store/upkeep/replicas.js';
import { type Service, startService } from '../harness/service.js';

const onPostgres = process.env.TEST_DATABASE === 'postgres' ? test : test.skip;

type Variables = Record<string, string>;

const TIMEOUT_MS = 180_000;
const SECRETS = {
  JWT_SECRET: 'q8Zr2mV0x7Ck4Tn9Ws1Yb6Ld3Hf5Gj0PaQeRuIo',
  KEY_PEPPER: 'n3Bv8Cx1Zl6Kj4Hg9Fd2Sa7Po5Iu0YtReWqMnB',
  KEY_ENCRYPTION_KEY: Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64'),
};
/** Nobody listens there. */
const CLOSED = 'http://127.0.0.1:9';
/** No test asks the true upstreams. */
const KEYS = {
  OPENROUTER_API_KEY: 'sk-or-one',
  OPENROUTER_BASE_URL: CLOSED,
  OPENAI_API_KEY: 'sk-one',
  OPENAI_BASE_URL: CLOSED,
};
const PRODUCTION = { NODE_ENV: 'production', ...SECRETS, ...KEYS };
const OTHER_KEY = Buffer.from('0123456789abcdefghijklmnopqrstuV').toString('base64');

let service: Service;
/** Answers every request with 200, with 401 below /refusing, and with 404 below /elsewhere. */
let web: Server;
let webUrl: string;

beforeAll(async () => {
  service = await startService({ env: SECRETS });
  await service.issue('pro');
  await service.createAdministrator('owner@example.com', 'owner');
  const created = await service.deps.admin.codes.create({ product: '404', count: 2 }, SYSTEM);
  expect(created.kind).not.toBe('refusal');
  const answer: RequestListener = (request, response) => {
    const isRefused = request.url?.startsWith('/refusing') ?? false;
    const isElsewhere = request.url?.startsWith('/elsewhere') ?? false;
    response.writeHead(isRefused ? 401 : isElsewhere ? 404 : 200, {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify(isRefused ? { error: { message: 'bad key' } } : { data: [] }));
  };
  web = createServer(answer).listen(0, '127.0.0.1');
  await new Promise(resolve => web.once('listening', resolve));
  webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
}, TIMEOUT_MS);
afterAll(async () => {
  web.closeAllConnections();
  web.close();
  await service.close();
});

/** The service's database, as a server that several processes use. */
function shared(kind: Database['kind'] = 'postgres'): Database {
  const { database } = service;
  const { prisma, direct, pipelined } = database;
  return { kind, prisma, direct, pipelined, patiently: act => act(prisma), close: async () => {} };
}

function configOf(variables: Variables) {
  return loadConfig({
    LOG_LEVEL: 'silent',
    DATA_DIR: service.directory,
    CATALOG_DIR: service.catalogDir,
    ...SECRETS,
    ...variables,
  });
}

/** Another process on the same database, begun or refused. */
async function begin(variables: Variables, kind?: Database['kind']): Promise<Deps> {
  const deps = await buildDeps(configOf(variables), shared(kind));
  try {
    await deps.oversight.begin();
    return deps;
  } catch (error) {
    await deps.close();
    throw error;
  }
}

/** A catalogue like the service's, but one file of it changed. */
async function changedCatalog(file: string, change: (text: string) => string): Promise<string> {
  const { cp, mkdtemp } = await import('node:fs/promises');
  const directory = await mkdtemp(join(service.directory, 'catalog-'));
  await cp(service.catalogDir, directory, { recursive: true });
  await writeFile(join(directory, file), change(await readFile(join(directory, file), 'utf8')));
  return directory;
}

/** Without the plan `pro`: what needs it needs VIP. */
async function catalogWithoutPro(): Promise<string> {
  const directory = await changedCatalog('plans.json', text => {
    const { plans } = JSON.parse(text) as { plans: Array<{ code: string }> };
    return JSON.stringify({ plans: plans.filter(({ code }) => code !== 'pro') });
  });
  for (const file of ['products.json', 'models.json']) {
    const text = await readFile(join(directory, file), 'utf8');
    const json = JSON.parse(text) as { products?: Array<{ plan?: string }> };
    if (json.products) json.products = json.products.filter(({ plan }) => plan !== 'pro');
    await writeFile(
      join(directory, file),
      JSON.stringify(json).replaceAll('"minimum_plan":"pro"', '"minimum_plan":"vip"'),
    );
  }
  return directory;
}

const catalogWithout404 = () =>
  changedCatalog('products.json', text => {
    const { products } = JSON.parse(text) as { products: Array<{ id: string }> };
    return JSON.stringify({ products: products.filter(({ id }) => id !== '404') });
  });

async function wrongIn(variables: Variables): Promise<string> {
  const environment = {
    DATA_DIR: service.directory,
    CATALOG_DIR: service.catalogDir,
    PORT: '9',
    ...SECRETS,
    ...variables,
  };
  const findings = await examine(environment, shared());
  return findings
    .filter(({ ok }) => !ok)
    .map(({ name, says }) => `${name}: ${says}`)
    .join('\n');
}

describe('is refused, and the doctor says the same', () => {
  test.each<[string, Variables, RegExp]>([
    ['a port that is none', { PORT: 'http' }, /PORT: must be a whole number from 0 to 65535/],
    ['a zone that means two things', { QUOTA_TIME_ZONE: 'IST' }, /QUOTA_TIME_ZONE.*area and city/],
    ['a calendar that nobody knows', { QUOTA_CALENDAR: 'jalali' }, /one of: gregorian, persian/],
    ['a sandbox that is perhaps on', { SANDBOX: 'yes' }, /SANDBOX: must be one of: on, off/],
    ['a secret that is missing', { ...PRODUCTION, JWT_SECRET: '' }, /JWT_SECRET: must be set/],
    [
      'a placeholder',
      { ...PRODUCTION, KEY_PEPPER: 'x'.repeat(40) },
      /KEY_PEPPER: is a placeholder/,
    ],
    ['a short key', { KEY_ENCRYPTION_KEY: 'c2hvcnQ=' }, /must be 32 bytes in base64/],
    [
      'a lease shorter than a request',
      { HOLD_LEASE_MS: '1000' },
      /HOLD_LEASE_MS: must be at least/,
    ],
    ['several processes, embedded', { WEB_CONCURRENCY: '2' }, /belongs to one process/],
    ['a secret that is nothing', { STRIPE_WEBHOOK_SECRET: '' }, /is set but empty/],
    ['a mail server by http', { SMTP_URL: 'http://mail.example' }, /must be an smtp:\/\//],
    ['a production that is none', { NODE_ENV: 'prod' }, /NODE_ENV: must be one of/],
    ['a key with its quotes', { OPENAI_API_KEY: '"sk-one"' }, /OPENAI_API_KEY: must be API keys/],
    ['a key with its Bearer', { OPENAI_API_KEY: 'Bearer sk-one' }, /OPENAI_API_KEY: must be API/],
    ['another kind of database', { DATABASE_URL: 'mysql://x/y' }, /must be a postgres:\/\/ URL/],
    ['an origin with a path', { CORS_ORIGINS: 'https://shop.example/app' }, /must be origins/],
    [
      'a shop without an address',
      { ...PRODUCTION, STRIPE_WEBHOOK_SECRET: 'whsec_x' },
      /PUBLIC_URL/,
    ],
  ])('%s', async (_name, variables, words) => {
    expect(() => configOf(variables)).toThrow(words);
    expect(await wrongIn(variables)).toMatch(words);
  });
});

test.each<[string, () => Variables | Promise<Variables>, RegExp]>([
  [
    'a catalogue that is not there',
    () => ({ CATALOG_DIR: '/nowhere' }),
    /plans.json: the file is missing/,
  ],
  [
    'another pepper',
    () => ({ ...PRODUCTION, KEY_PEPPER: `${SECRETS.KEY_PEPPER}x` }),
    /KEY_PEPPER: not what/,
  ],
  [
    'another encryption key',
    () => ({ ...PRODUCTION, KEY_ENCRYPTION_KEY: OTHER_KEY }),
    /KEY_ENCRYPTION_KEY: not/,
  ],
])(
  'refused at start, and the doctor says why: %s',
  async (_name, make, words) => {
    const variables = await make();
    await expect(begin(variables)).rejects.toThrow(words);
    expect(await wrongIn(variables)).toMatch(words);
  },
  TIMEOUT_MS,
);

test.each<[string, () => Variables | Promise<Variables>, RegExp]>([
  [
    'a mistyped variable',
    () => ({ OPENROUTER_KEY: 'sk-or' }),
    /OPENROUTER_KEY, and OPENROUTER_API_KEY/,
  ],
  [
    'a provider without a key',
    () => ({ ...PRODUCTION, OPENAI_API_KEY: '' }),
    /OPENAI_API_KEY is not set.*503/,
  ],
  [
    'the sandbox in production',
    () => ({ ...PRODUCTION, OPENAI_API_KEY: '', SANDBOX: 'on' }),
    /the sandbox answers/,
  ],
  [
    'a password for nobody',
    () => ({ ADMIN_PASSWORD: 'a password of nobody' }),
    /ADMIN_PASSWORD is set, but there are/,
  ],
  [
    'a shop without the secret of its webhook',
    () => ({ STRIPE_SECRET_KEY: 'sk_test_one', STRIPE_API_BASE: CLOSED }),
    /STRIPE_WEBHOOK_SECRET is not set: the shop is off/,
  ],
  [
    'a shop of which only the address is set',
    () => ({ WOOCOMMERCE_URL: CLOSED }),
    /WOOCOMMERCE_WEBHOOK_SECRET is not set: the shop is off/,
  ],
  [
    'a plan that licenses have',
    async () => ({ CATALOG_DIR: await catalogWithoutPro() }),
    /plan pro is missing, but licenses have it \(1\)/,
  ],
  [
    'a product that codes are for',
    async () => ({ CATALOG_DIR: await catalogWithout404() }),
    /product 404 is missing, but redemption codes are open for it \(2\)/,
  ],
  [
    'a folder of generated files that is a file',
    () => ({ MEDIA_DIR: 'package.json' }),
    /generated images, audio and videos cannot be kept|media folder: cannot write into/,
  ],
  [
    'one text as two secrets',
    () => ({ JWT_SECRET: SECRETS.KEY_PEPPER }),
    /KEY_PEPPER is the same text as JWT_SECRET/,
  ],
  ['no mail server in production', () => PRODUCTION, /SMTP_URL is not set: mails are written to/],
  [
    'another pepper in development',
    () => ({ KEY_PEPPER: `${SECRETS.KEY_PEPPER}x` }),
    /KEY_PEPPER: not what/,
  ],
])(
  'told at start and in /readyz, and the doctor says so: %s',
  async (_name, make, words) => {
    const variables = await make();
    const deps = await begin(variables, 'embedded');
    try {
      expect(
        deps
          .warnings()
          .map(({ message }) => message)
          .join('\n'),
      ).toMatch(words);
    } finally {
      await deps.close();
    }
    const found = await wrongIn(variables);
    expect(found).toMatch(/OPENAI_API_KEY/.test(String(words)) ? /openai: OPENAI_API_KEY/ : words);
  },
  TIMEOUT_MS,
);

test.each<[string, () => Variables, RegExp]>([
  [
    'a key that the upstream refuses',
    () => ({ OPENAI_API_KEY: 'sk-bad', OPENAI_BASE_URL: `${webUrl}/refusing` }),
    /openai key 1: .*refuses our account with status 401/,
  ],
  [
    'an address with the path of a call',
    () => ({ OPENAI_API_KEY: 'sk-one', OPENAI_BASE_URL: `${webUrl}/elsewhere/chat/completions` }),
    /openai key 1: .*status_404. Check OPENAI_BASE_URL/,
  ],
  [
    'an upstream that is not there',
    () => ({ OPENROUTER_API_KEY: 'sk-or', OPENROUTER_BASE_URL: CLOSED }),
    /openrouter key 1: the upstream cannot be used/,
  ],
  [
    'a proxy that is not there',
    () => ({ OPENAI_API_KEY: 'sk', OPENAI_BASE_URL: webUrl, UPSTREAM_PROXY: CLOSED }),
    /openai key 1: .*UPSTREAM_PROXY/,
  ],
  [
    'a mail server that is not there',
    () => ({ SMTP_URL: 'smtp://127.0.0.1:9' }),
    /mail: .*ECONNREFUSED/,
  ],
  [
    'a Redis that is not there',
    () => ({ REDIS_URL: 'redis://127.0.0.1:9' }),
    /redis: .*ECONNREFUSED.*REDIS_URL/,
  ],
  [
    'a collector of traces that is not there',
    () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: CLOSED }),
    /traces: .*OTEL_EXPORTER_OTLP_ENDPOINT/,
  ],
  [
    'a collector of traces at another address',
    () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `${webUrl}/elsewhere/v1/traces` }),
    /traces: .*status 404.*OTEL_EXPORTER_OTLP_ENDPOINT/,
  ],
  ['mails of nobody', () => ({ SMTP_URL: 'smtp://127.0.0.1:9' }), /MAIL_FROM: /],
  [
    'a data folder that is a file',
    () => ({ DATA_DIR: 'package.json' }),
    /data folder: cannot write into/,
  ],
  [
    'an address that leads elsewhere',
    () => ({ PUBLIC_URL: webUrl }),
    /PUBLIC_URL: .* does not lead to Sahm/,
  ],
  [
    'an address in clear',
    () => ({ ...PRODUCTION, PUBLIC_URL: 'http://api.shop.example' }),
    /PUBLIC_URL: .*not https/,
  ],
  [
    'a proxy that nobody believes',
    () => ({ ...PRODUCTION, PUBLIC_URL: 'https://127.0.0.1:9' }),
    /TRUST_PROXY: is not set/,
  ],
  [
    'proxies that are not there',
    () => ({ ...PRODUCTION, TRUST_PROXY: '1' }),
    /TRUST_PROXY: 1 proxies are believed/,
  ],
  [
    'a shop that is not there',
    () => ({
      WOOCOMMERCE_WEBHOOK_SECRET: 'x',
      WOOCOMMERCE_URL: CLOSED,
      WOOCOMMERCE_CONSUMER_KEY: 'ck_x',
      WOOCOMMERCE_CONSUMER_SECRET: 'cs_x',
    }),
    /woocommerce /,
  ],
  [
    'another calendar than the database has',
    () => ({ QUOTA_CALENDAR: 'persian' }),
    /months: QUOTA_CALENDAR and QUOTA_TIME_ZONE say persian/,
  ],
])(
  'found by the doctor: %s',
  async (_name, make, words) => {
    expect(await wrongIn(make())).toMatch(words);
  },
  TIMEOUT_MS,
);

test('what serves only for a trial, and a server that cannot be asked, are warnings and no faults', async () => {
  const asked = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'ready' }));
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => asked.once('listening', resolve));
  const url = `http://127.0.0.1:${(asked.address() as AddressInfo).port}`;
  const variables = { DATA_DIR: service.directory, CATALOG_DIR: service.catalogDir, PORT: '9' };
  try {
    const away = await examine({ ...variables, ...SECRETS }, shared());
    const warned = away.filter(({ warning }) => warning).map(({ name }) => name);
    expect(warned).toEqual(['PUBLIC_URL', 'server', 'openrouter', 'openai', 'mail']);
    expect(away.filter(({ ok }) => !ok)).toEqual([]);
    const there = await examine({ ...variables, ...SECRETS, SAHM_URL: `${url}/` }, shared());
    expect(there).toContainEqual({
      ...{ name: 'server', ok: true, warning: false },
      says: `${url}/readyz: ready`,
    });
  } finally {
    asked.close();
  }
});

test('the doctor finds a database that does not answer, and shows no password', async () => {
  const findings = await examine({
    DATA_DIR: service.directory,
    CATALOG_DIR: service.catalogDir,
    PORT: '9',
    DATABASE_URL: 'postgres://sahm:a-password-of-it@127.0.0.1:9/sahm',
  });
  const found = JSON.stringify(findings.filter(({ ok }) => !ok));
  expect(found).toMatch(/ECONNREFUSED.*DATABASE_URL/);
  expect(found).not.toContain('a-password-of-it');
});

describe('between two processes', () => {
  test.each<[string, Variables, RegExp]>([
    [
      'zones',
      { QUOTA_TIME_ZONE: 'Asia/Tehran' },
      /QUOTA_TIME_ZONE is Asia\/Tehran here, and UTC in/,
    ],
    [
      'calendars',
      { QUOTA_CALENDAR: 'persian' },
      /QUOTA_CALENDAR is persian here, and gregorian in/,
    ],
  ])(
    'other %s: the second one is refused while the first one lives',
    async (_name, variables, words) => {
      const first = await begin({});
      const beating = setInterval(() => void first.oversight.look(), 200);
      try {
        await expect(begin(variables)).rejects.toThrow(words);
        expect(first.warnings()).toEqual([]);
      } finally {
        clearInterval(beating);
        await first.close();
      }
    },
    TIMEOUT_MS,
  );

  test.each<[string, () => Variables | Promise<Variables>, string]>([
    ['secrets of sessions', () => ({ JWT_SECRET: `${SECRETS.JWT_SECRET}x` }), 'JWT_SECRET'],
    [
      'catalogues',
      async () => ({
        CATALOG_DIR: await changedCatalog('plans.json', text => text.replace('750', '751')),
      }),
      'CATALOG_DIR',
    ],
    ['addresses', () => ({ PUBLIC_URL: 'https://other.example' }), 'PUBLIC_URL'],
    [
      'secrets of a shop',
      () => ({ PURCHASE_WEBHOOK_SECRET: 'another secret' }),
      'PURCHASE_WEBHOOK_SECRET',
    ],
    ['upstreams', () => ({ OPENAI_API_KEY: 'sk-one' }), 'OPENAI_API_KEY'],
    ['mail servers', () => ({ SMTP_URL: 'smtp://127.0.0.1:9' }), 'SMTP_URL'],
    ['origins of web pages', () => ({ CORS_ORIGINS: 'https://app.example' }), 'CORS_ORIGINS'],
    ['forms of answers', () => ({ ENVELOPE_HOSTS: 'api.example' }), 'ENVELOPE_HOSTS'],
    ['days of grace', () => ({ SUBSCRIPTION_GRACE_DAYS: '5' }), 'SUBSCRIPTION_GRACE_DAYS'],
    ['views of costs', () => ({ HOLDERS_SEE_COST: 'no' }), 'HOLDERS_SEE_COST'],
    [
      'times for which responses are kept',
      () => ({ RESPONSES_RETENTION_HOURS: '0' }),
      'RESPONSES_RETENTION_HOURS',
    ],
    ['operators', () => ({ ADMIN_EMAIL: 'operator@shop.example' }), 'ADMIN_EMAIL'],
    [
      'folders of generated files',
      () => ({ MEDIA_DIR: join(service.directory, 'other-media') }),
      'MEDIA_DIR',
    ],
    [
      'buckets of generated files',
      () => ({
        MEDIA_S3_BUCKET: 'files',
        AWS_ACCESS_KEY_ID: 'id',
        AWS_SECRET_ACCESS_KEY: 'a secret of the bucket',
      }),
      'MEDIA_S3_BUCKET',
    ],
    ['peppers, in development', () => ({ KEY_PEPPER: `${SECRETS.KEY_PEPPER}x` }), 'KEY_PEPPER'],
  ])(
    'other %s: both are told',
    async (_name, make, about) => {
      const first = await begin({});
      try {
        const second = await begin(await make());
        try {
          await first.oversight.look();
          for (const deps of [first, second]) {
            expect(new Set(deps.warnings().map(told => told.about))).toEqual(new Set([about]));
          }
        } finally {
          await second.close();
        }
        await first.oversight.look();
        expect(first.warnings()).toEqual([]);
      } finally {
        await first.close();
      }
    },
    TIMEOUT_MS,
  );

  // The embedded database has the clock of this process.
  onPostgres('a clock that is off is told', async () => {
    const deps = await begin({});
    const now = jest
      .spyOn(Date, 'now')
      .mockImplementation(() => performance.timeOrigin + performance.now() + 3_600_000);
    try {
      await deps.oversight.look();
      expect(deps.warnings()).toContainEqual(
        expect.objectContaining({ about: 'clock', message: expect.stringContaining('ahead of') }),
      );
    } finally {
      now.mockRestore();
      await deps.close();
    }
  });

  test('a killed one stops no other, because its row is not renewed', async () => {
    const { prisma } = service.database;
    await prisma.$executeRaw`
      INSERT INTO replica (id, name, settings, started_at, seen_at)
      VALUES (${newId()}::uuid, 'killed:1', '{"QUOTA_TIME_ZONE": "Asia/Tehran"}', sahm_now(),
        sahm_now() - interval '24 seconds')`;
    const wanted = { name: 'next:1', settings: { QUOTA_TIME_ZONE: 'UTC' } };
    const member = await joinReplicas(prisma, { ...wanted, mustAgree: ['QUOTA_TIME_ZONE'] }, 50);
    await member.leave();
    await prisma.$executeRaw`DELETE FROM replica`;
  });
});

test('a reload that removes a plan of licenses is refused, with their number', async () => {
  const token = await service.signInAs('owner');
  const before = await readFile(join(service.catalogDir, 'plans.json'), 'utf8');
  const files = ['plans.json', 'products.json', 'models.json'];
  const originals = await Promise.all(files.map(file => readFile(join(service.catalogDir, file))));
  const without = await catalogWithoutPro();
  for (const file of files) {
    await writeFile(join(service.catalogDir, file), await readFile(join(without, file)));
  }
  try {
    const validated = await service.call('POST', '/admin/api/catalog/validate', { token });
    expect(validated.body).toMatchObject({ ok: false });
    expect(JSON.stringify(validated.body)).toContain(
      'plan pro is missing, but licenses have it (1)',
    );
    const reloaded = await service.call('POST', '/admin/api/catalog/reload', { token });
    expect(reloaded.status).toBe(409);
    expect(JSON.stringify(reloaded.body)).toContain(
      'plan pro is missing, but licenses have it (1)',
    );
    expect(service.deps.admin.catalog().plans.has('pro')).toBe(true);
  } finally {
    for (const [at, file] of files.entries()) {
      await writeFile(join(service.catalogDir, file), originals[at] as Buffer);
    }
  }
  expect(await readFile(join(service.catalogDir, 'plans.json'), 'utf8')).toBe(before);
});

test(
  'a provider that is off: its models are not available, and answer 503 that costs nothing',
  async () => {
    const own = await startService({ env: { SANDBOX: 'off', OPENROUTER_API_KEY: 'sk-or' } });
    try {
      const { key } = await own.issue('vip');
      const body = { api_key: key, model: 'openai/gpt-5.2', prompt: 'سلام' };
      const refused = await own.post('/api/chat_v3', body);
      expect(refused.status).toBe(503);
      expect(refused.body).toMatchObject({ code: 'upstream_unavailable' });
      expect(refused.headers.get('x-quota-charged')).toBe('0');
      const models = await own.call('GET', '/v1/models', { token: key });
      const available = new Map(
        (models.body.data as Array<{ id: string; available: boolean }>).map(each => [
          each.id,
          each.available,
        ]),
      );
      expect(available.get('openai/gpt-5.2')).toBe(false);
      expect(available.get('deepseek/deepseek-chat')).toBe(true);
    } finally {
      await own.close();
    }
  },
  TIMEOUT_MS,
);

test(
  'a right configuration causes no warning and no finding',
  async () => {
    const right = { ...KEYS, OPENAI_BASE_URL: webUrl, OPENROUTER_BASE_URL: webUrl };
    const deps = await begin(right);
    try {
      expect(deps.warnings()).toEqual([]);
      expect(await wrongIn(right)).toBe('');
    } finally {
      await deps.close();
    }
  },
  TIMEOUT_MS,
);

test(
  '/readyz shows the warnings',
  async () => {
    const own = await startService({ env: { OPENROUTER_KEY: 'sk-or' } });
    try {
      await own.createAdministrator('owner@example.com', 'owner');
      // Ready or not: a busy machine may take too long for a probe.
      const { body } = await own.call('GET', '/readyz');
      expect(body.warnings).toEqual([
        {
          about: 'OPENROUTER_KEY',
          message: expect.stringContaining('OPENROUTER_API_KEY'),
        },
      ]);
    } finally {
      await own.close();
    }
  },
  TIMEOUT_MS,
);
