import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { VARIABLES } from '../src/config/variables.js';
import { ConfigError, loadConfig } from '../src/config.js';
import { PROVIDERS } from '../src/domain/provider.js';
import { SHOP_DESCRIPTIONS } from '../src/shops/index.js';

const SECRETS = {
  JWT_SECRET: 'q8Zr2mV0x7Ck4Tn9Ws1Yb6Ld3Hf5Gj0PaQeRuIo',
  KEY_PEPPER: 'n3Bv8Cx1Zl6Kj4Hg9Fd2Sa7Po5Iu0YtReWqMnB',
  KEY_ENCRYPTION_KEY: Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64'),
};

function faultsOf(variables: Record<string, string>): string[] {
  try {
    loadConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('the configuration', () => {
  test('needs nothing in development', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ port: 3000, dataDir: './data', quotaTimeZone: 'UTC' });
    expect(config.holdLeaseMs).toBeGreaterThan(config.upstreamTimeoutMs);
  });

  test('takes the address that the first administrator has anyway, and no other without a domain', () => {
    const { adminEmail, mail } = loadConfig({ ADMIN_EMAIL: 'admin@localhost' });
    expect([adminEmail, mail.operatorEmail]).toEqual(['admin@localhost', undefined]);
    expect(loadConfig({ ADMIN_EMAIL: 'me@shop.example' }).mail.operatorEmail).toBe(
      'me@shop.example',
    );
    expect(faultsOf({ ADMIN_EMAIL: 'admin' })).toEqual(['ADMIN_EMAIL: must be an e-mail address']);
  });

  test('says of every variable what it must be, in words of ours', () => {
    const faults = VARIABLES.flatMap(name =>
      ['?', '-1', '1.5', 'x y', 'http://'].flatMap(value => faultsOf({ [name]: value })),
    );
    expect(faults.length).toBeGreaterThan(100);
    expect(faults.filter(each => /Invalid|expected|NaN|Too (small|big)/.test(each))).toEqual([]);
  });

  test('.env.example names every variable, and no other', () => {
    const example = readFileSync('.env.example', 'utf8');
    const named = [...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(match => match[1]);
    expect(named.sort()).toEqual([...VARIABLES].sort());
  });

  test('has of every provider its keys and its address, from variables that bear its name', () => {
    for (const provider of PROVIDERS) {
      const keys = `${provider.toUpperCase()}_API_KEY`;
      const baseUrl = `${provider.toUpperCase()}_BASE_URL`;
      const { upstreams } = loadConfig({
        [keys]: 'one, two, one',
        [baseUrl]: 'http://upstream.example',
      });
      expect(upstreams[provider]).toEqual({
        apiKeys: ['one', 'two'],
        baseUrl: 'http://upstream.example',
      });
      expect(faultsOf({ [baseUrl]: 'upstream.example' })).toEqual([
        expect.stringContaining(baseUrl),
      ]);
    }
    for (const upstream of Object.values(loadConfig({}).upstreams)) {
      expect(upstream).toEqual({ apiKeys: [], baseUrl: undefined });
    }
  });

  test('tells all faults at once', () => {
    const faults = faultsOf({
      PORT: 'x',
      QUOTA_TIME_ZONE: 'Mars/Olympus',
      DATABASE_URL: 'mysql://x',
      NODE_ENV: 'production',
      JWT_SECRET: 'short',
      KEY_ENCRYPTION_KEY: 'c2hvcnQ=',
      LOG_LEVEL: 'loud',
      OPENAI_BASE_URL: 'loud',
    });
    for (const name of [
      'PORT',
      'QUOTA_TIME_ZONE',
      'DATABASE_URL',
      'JWT_SECRET',
      'KEY_PEPPER',
      'KEY_ENCRYPTION_KEY',
      'LOG_LEVEL',
      'OPENAI_BASE_URL',
    ]) {
      expect(faults).toContainEqual(expect.stringContaining(name));
    }
  });

  test('takes only zones that mean one thing: UTC, or area and city', () => {
    for (const zone of ['UTC', 'Asia/Tehran', 'America/Port-au-Prince', 'Etc/GMT+5']) {
      expect(faultsOf({ QUOTA_TIME_ZONE: zone })).toEqual([]);
    }
    for (const zone of [
      'IST',
      'EST5EDT',
      'PRC',
      'utc',
      '+03:30',
      'Asia/Nowhere',
      'Asia/Tehran ; x',
    ]) {
      expect(faultsOf({ QUOTA_TIME_ZONE: zone })).toHaveLength(1);
    }
  });

  test('stops a start in production without its secrets, or with placeholders', () => {
    const production = { NODE_ENV: 'production' };
    expect(faultsOf(production)).toHaveLength(3);
    expect(faultsOf({ ...production, ...SECRETS })).toEqual([]);
    expect(faultsOf({ ...production, ...SECRETS, JWT_SECRET: 'x'.repeat(40) })).toHaveLength(1);
    const lazy = 'please-change-me-please-change-me-now';
    expect(faultsOf({ ...production, ...SECRETS, KEY_PEPPER: lazy })).toHaveLength(1);
  });

  test('in production needs the address that mails lead to, where a shop or a mail server is set', () => {
    const production = { NODE_ENV: 'production', ...SECRETS };
    const secrets = Object.values(SHOP_DESCRIPTIONS).map(({ webhookSecret }) => webhookSecret);
    const mailing = [...secrets, 'SMTP_URL'];
    for (const name of mailing) {
      const set = { [name]: name === 'SMTP_URL' ? 'smtp://mail.example' : 'a secret' };
      expect(faultsOf({ ...production, ...set })).toEqual([
        expect.stringMatching(new RegExp(`^PUBLIC_URL: .*${name}`)),
      ]);
      expect(faultsOf({ ...production, ...set, PUBLIC_URL: 'https://api.shop.example' })).toEqual(
        [],
      );
      expect(faultsOf(set)).toEqual([]);
    }
  });

  test('refuses folders below /proc, where Node would try for ever to make one', () => {
    for (const name of ['DATA_DIR', 'MEDIA_DIR']) {
      for (const folder of ['/proc', '/proc/sahm', '//proc/1/../sahm/']) {
        expect(faultsOf({ [name]: folder })).toEqual([`${name}: must not be below /proc`]);
      }
      expect(faultsOf({ [name]: '/process/sahm' })).toEqual([]);
    }
  });

  test('takes only statuses of paid orders as those in which an order counts', () => {
    const faults = (statuses: string) => faultsOf({ WOOCOMMERCE_PAID_STATUSES: statuses });
    for (const good of ['completed', 'processing, completed,wc-shipped', 'in_production']) {
      expect(faults(good)).toEqual([]);
    }
    for (const bad of ['processing,', 'Completed', 'completed;shipped', 'wc-cancelled', 'trash']) {
      expect(faults(bad)).toEqual([expect.stringContaining('WOOCOMMERCE_PAID_STATUSES')]);
    }
  });

  describe('more WooCommerce shops', () => {
    const shop = {
      name: 'second',
      url: 'https://second.example',
      consumer_key: 'ck_a-secret',
      consumer_secret: 'cs_a-secret',
      webhook_secret: 'wh_a-secret',
    };
    const third = { ...shop, name: 'third', url: 'https://third.example/shop' };
    const faultsIn = (list: unknown, more: Record<string, string> = {}) => {
      const text = typeof list === 'string' ? list : JSON.stringify(list);
      return faultsOf({ WOOCOMMERCE_MORE_SHOPS: text, ...more });
    };

    test('are a list, and may say which statuses are paid, and whether keys are noted', () => {
      for (const good of ['', [], [shop], [shop, third]]) expect(faultsIn(good)).toEqual([]);
      const more = { paid_statuses: 'completed,shipped', key_note: true };
      expect(faultsIn([{ ...shop, ...more }])).toEqual([]);
    });

    test.each<[says: string, list: unknown]>([
      ['WOOCOMMERCE_MORE_SHOPS: must be a list in JSON', '[{"webhook_secret": "wh_a-secret"'],
      ['WOOCOMMERCE_MORE_SHOPS: must be a list in JSON', shop],
      ['WOOCOMMERCE_MORE_SHOPS.0.name: must be a lower case', [{ ...shop, name: 'Second/2' }]],
      ['WOOCOMMERCE_MORE_SHOPS.0.url: must be an http', [{ ...shop, url: 'second.example' }]],
      ['WOOCOMMERCE_MORE_SHOPS.0.webhook_secret: must', [{ ...shop, webhook_secret: ' ' }]],
      ['WOOCOMMERCE_MORE_SHOPS.0.consumer_key: must', [{ ...shop, consumer_key: undefined }]],
      ['WOOCOMMERCE_MORE_SHOPS.0.paid_statuses: must', [{ ...shop, paid_statuses: 'trash' }]],
      ['WOOCOMMERCE_MORE_SHOPS.0.key_note: must', [{ ...shop, key_note: 'yes' }]],
      ['WOOCOMMERCE_MORE_SHOPS.0: has an unknown key', [{ ...shop, 'cs_a-secret': 1 }]],
      ['WOOCOMMERCE_MORE_SHOPS.1.name: another', [shop, { ...third, name: 'second' }]],
      ['WOOCOMMERCE_MORE_SHOPS.1.url: is the', [shop, { ...third, url: 'http://second.example/' }]],
    ])('are refused, and no secret is told: %s', (says, list) => {
      const faults = faultsIn(list);
      expect(faults).toEqual([expect.stringContaining(says)]);
      expect(faults.join()).not.toContain('a-secret');
    });

    test('are at another address than the shop of the other variables', () => {
      const faults = faultsIn([shop], { WOOCOMMERCE_URL: 'https://www.second.example' });
      expect(faults).toEqual([expect.stringContaining('WOOCOMMERCE_MORE_SHOPS.0.url')]);
    });

    test('need the address of the service in production, as every shop does', () => {
      const production = { NODE_ENV: 'production', ...SECRETS };
      expect(faultsIn([shop], production)).toEqual([
        expect.stringMatching(/^PUBLIC_URL: .*WOOCOMMERCE_MORE_SHOPS/),
      ]);
    });
  });

  test('takes a bucket of S3 with its keys, and the variables of AWS for nothing where none is named', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'of the bucket' };
    expect(loadConfig({ ...keys, AWS_REGION: 'what others like' }).mediaS3).toBeUndefined();
    expect(loadConfig({ ...keys, MEDIA_S3_BUCKET: 'files.shop' }).mediaS3).toEqual({
      bucket: 'files.shop',
      endpoint: undefined,
      region: 'us-east-1',
      accessKeyId: 'id',
      secretAccessKey: 'of the bucket',
    });
    for (const [variables, named] of [
      [{ MEDIA_S3_BUCKET: 'files' }, 'AWS_SECRET_ACCESS_KEY'],
      [{ ...keys, MEDIA_S3_ENDPOINT: 'https://s3.example.com' }, 'MEDIA_S3_BUCKET'],
      [{ ...keys, MEDIA_S3_BUCKET: 'files/others' }, 'MEDIA_S3_BUCKET'],
      [{ ...keys, MEDIA_S3_BUCKET: 'files', AWS_REGION: 'eu/central' }, 'AWS_REGION'],
    ] as const) {
      expect(faultsOf(variables).join()).toContain(named);
    }
  });

  test('refuses a lease that ends before a request can', () => {
    expect(faultsOf({ UPSTREAM_TIMEOUT_MS: '1500', HOLD_LEASE_MS: '3000' })).toEqual([]);
    expect(faultsOf({ UPSTREAM_TIMEOUT_MS: '3000', HOLD_LEASE_MS: '3000' })).toHaveLength(1);
  });

  test('does not start with a webhook secret that is set, but to nothing: anybody could sign', () => {
    for (const { webhookSecret } of Object.values(SHOP_DESCRIPTIONS)) {
      const fault = `${webhookSecret}: is set but empty; leave it out to switch the shop off`;
      expect(faultsOf({ [webhookSecret]: '' })).toEqual([fault]);
      expect(faultsOf({ [webhookSecret]: '  ' })).toEqual([fault]);
      expect(faultsOf({ [webhookSecret]: 'a secret' })).toEqual([]);
    }
    expect(faultsOf({ STRIPE_WEBHOOK_SECRET: 'whsec_new,' })).toHaveLength(1);
    expect(faultsOf({ STRIPE_SECRET_KEY: '', WOOCOMMERCE_URL: '' })).toEqual([]);
  });

  test('does not start with the secret of one variable in another', () => {
    const swapped = {
      STRIPE_WEBHOOK_SECRET: 'whsec_one, sk_live_two',
      STRIPE_SECRET_KEY: 'whsec_one',
      WOOCOMMERCE_CONSUMER_KEY: 'cs_one',
      WOOCOMMERCE_CONSUMER_SECRET: 'ck_two',
    };
    const faults = faultsOf(swapped);
    expect(faults.map(fault => fault.split(':')[0])).toEqual(
      expect.arrayContaining(Object.keys(swapped)),
    );
    expect(faults.join()).not.toMatch(/_(one|two)/);
  });

  test('takes an address only as it can be used', () => {
    for (const proxies of ['1', 'loopback, 10.0.0.0/8', 'fd00::/8', '192.0.2.1']) {
      expect(faultsOf({ TRUST_PROXY: proxies })).toEqual([]);
    }
    for (const sender of ['a@shop.example', 'فروشگاه <a@shop.example>', '<a@localhost>']) {
      expect(faultsOf({ MAIL_FROM: sender })).toEqual([]);
    }
    const wrong: Array<[string, string]> = [
      ...['true', '-1', '10.0.0.0/33', '10.0.0', 'fd00::/0', 'proxy.example'].map(
        proxies => ['TRUST_PROXY', proxies] as [string, string],
      ),
      ['MAIL_FROM', 'My shop'],
      ['SMTP_URL', 'smtp://'],
      ['PUBLIC_URL', 'https://shop.example/?from=mail'],
      ['PUBLIC_URL', 'https://shop.example/#top'],
    ];
    for (const [name, value] of wrong) {
      expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(`^${name}: must `)]);
    }
  });

  test('never repeats the value of a secret', () => {
    const secret = 'sahm-secret-that-is-short';
    expect(faultsOf({ JWT_SECRET: secret, KEY_PEPPER: secret }).join()).not.toContain(secret);
  });
});
