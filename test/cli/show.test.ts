import { describe, expect, test } from '@jest/globals';
import { withDates } from '../../src/cli/show/cells.js';
import { createShow } from '../../src/cli/show/show.js';
import { widthOf } from '../../src/cli/show/table.js';

const REQUESTS = { noun: 'requests', isAboutOne: false, filters: [] };

function shown(answer: Record<string, unknown>, more: { width?: number; question?: object } = {}) {
  const written: string[] = [];
  const show = createShow({
    isJson: false,
    timeZone: 'UTC',
    width: more.width,
    write: text => written.push(text),
  });
  show(answer, { ...REQUESTS, ...more.question });
  return written.join('\n').split('\n');
}

describe('a report', () => {
  const sales = {
    from: '2026-11-01',
    to: '2026-11-30',
    group: 'month',
    rows: [
      {
        key: '2026-10',
        cost_microusd: 1_200,
        sold: [
          { currency: 'EUR', payments: 2, paid: 4_990, refunded: 300 },
          { currency: 'IRT', payments: 1, paid: 250_000, refunded: 0 },
        ],
      },
      { key: '2026-11', cost_microusd: 12_340_000, sold: [] },
      {
        key: '2026-12',
        cost_microusd: 0,
        sold: [{ currency: 'EUR', payments: 1, paid: 1_000, refunded: 0 }],
      },
    ],
  };

  test('has money as people write it, in the units of each currency, and a total for each', () => {
    expect(shown(sales).map(line => line.split(/ {2,}/).filter(Boolean))).toEqual([
      ['MONTH', 'COST', 'PAYMENTS', 'PAID', 'REFUNDED'],
      ['2026-10', 'USD 0.0012', '2', 'EUR 49.90', 'EUR 3.00'],
      ['1', 'IRT 250,000', 'IRT 0'],
      ['2026-11', 'USD 12.34'],
      ['2026-12', 'USD 0.00', '1', 'EUR 10.00', 'EUR 0.00'],
      ['TOTAL', 'USD 12.3412', '3', 'EUR 59.90', 'EUR 3.00'],
      ['1', 'IRT 250,000', 'IRT 0'],
      ['From 2026-11-01 to 2026-11-30.'],
    ]);
  });

  test('has its numbers under each other at the right', () => {
    const rows = [
      { key: 'a', requests: 7 },
      { key: 'b', requests: 1_234_567 },
    ];
    expect(shown({ from: 'x', to: 'y', group: 'model', rows }).slice(0, 4)).toEqual([
      'MODEL   REQUESTS',
      'a              7',
      'b      1,234,567',
      'TOTAL  1,234,574',
    ]);
  });
});

test('an empty result is said in words, with the filter', () => {
  const said = (answer: object, question: object = {}) => shown({ ...answer }, { question })[0];
  expect(said({ from: '2026-11-01', to: '2026-11-29', group: 'day', rows: [] })).toBe(
    'No requests from 2026-11-01 to 2026-11-29.',
  );
  expect(said({ requests: [], next_cursor: null }, { filters: ['from'] })).toBe(
    'No requests in this time.',
  );
  expect(said({ requests: [], next_cursor: null }, { isAboutOne: true })).toBe(
    'No requests here yet.',
  );
  expect(said({ licenses: [], next_cursor: null })).toBe('There are no licenses yet.');
  expect(said({ licenses: [], next_cursor: null }, { filters: ['plan'] })).toBe(
    'No licenses with this plan.',
  );
});

test.each([30, 40, 60, 80, 120])('a table of any texts fits into %d columns', width => {
  const texts = [
    'سلام دنیا، این یک یادداشت بلند است',
    '這是一個很長的備註，超過了終端機的寬度',
    'note '.repeat(50),
    'x',
  ];
  const licenses = texts.map((note, at) => ({ plan: 'pro', note, other: note, used: at * 1_000 }));
  const lines = shown({ licenses, next_cursor: null }, { width });
  const table = lines.filter(line => !line.startsWith('No room for'));
  expect(table).toHaveLength(5);
  for (const line of table) expect(widthOf(line)).toBeLessThanOrEqual(width);
  expect(table.join('\n')).toContain('…');
});

test('an id is shown whole, whatever else is cut', () => {
  const id = '01a22691-9068-752e-abf5-4f14e5be2f75';
  const licenses = [{ id, note: 'note '.repeat(50), plan: 'pro' }];
  expect(shown({ licenses, next_cursor: null }, { width: 60 })[1]).toContain(id);
});

test('control characters in texts do not reach the terminal', () => {
  const answer = { license: { note: 'a\u001b[31mb\nc' }, codes: ['d\u0007'] };
  for (const line of shown(answer)) expect(line).not.toMatch(/\p{Cc}/u);
  expect(shown(answer).join('\n')).not.toContain('b\nc');
});

test('balances of a plan that sells money are money', () => {
  const usage = { unit: 'microusd', used: 1_500_000, limit: 5_000_000 };
  expect(shown({ usage, period: '2026-11' }).join('\n')).toMatch(/used +USD 1\.50\n.*USD 5\.00/);
  const lines = [{ what: 'A request', units: -2_250, sum: 497_750, provider: 'all' }];
  expect(shown({ balance: 497_750, unit: 'microusd', lines })).toEqual([
    'balance  USD 0.49775',
    'unit     USD',
    '',
    'lines',
    '  WHAT              UNITS          SUM',
    '  A request  USD -0.00225  USD 0.49775',
  ]);
  expect(shown({ limits: { all: 500_000 } })).toEqual(['all  USD 0.50']);
  expect(shown({ plans: [{ wallet: { monthlyMicrousd: 2_000_000 } }] })[1]).toContain('USD 2.00');
});

test('what is left of an add-on of requests stays a number of requests, beside a balance of money', () => {
  const requests = { product: '404', provider: 'openrouter', units: 50, remaining: 7 };
  const money = { product: 'wallet-3', provider: 'all', units: 3_000_000, remaining: 2_000_000 };
  const usage = { unit: 'microusd', used: 1_000_000 };
  expect(shown({ usage, grants: [requests, { ...money, unit: 'microusd' }] }).slice(-2)).toEqual([
    expect.stringMatching(/404 .* 50 +7\b/),
    expect.stringMatching(/wallet-3 .* USD 3\.00 +USD 2\.00/),
  ]);
});

test('a balance, a grant and a limit of money are money too, and their unit is named', () => {
  const line = { what: 'Plan WALLET', units: 5_000_000, sum: 5_000_000, provider: 'all' };
  const balance = shown({ balance: 5_000_000, period: '2026-11', lines: [line] }).join('\n');
  expect(balance).toMatch(/^balance +USD 5\.00\n[\s\S]*WALLET +USD 5\.00 +USD 5\.00$/);
  const grant = { units: 2_000_000, unit: 'microusd', remaining: 0 };
  const breakdown = { openrouter: { used: 10, held: 0 }, openai: { used: 0, held: 0 } };
  const given = shown({ grant, usage_breakdown: breakdown }).join('\n');
  expect(given).toMatch(/units +USD 2\.00\n +unit +USD\n +remaining +USD 0\.00/);
  expect(given).toMatch(/openrouter +USD 0\.00001 +USD 0\.00\n/);
  expect(shown({ license: { limits: { openai: 3, all: 1_000_000 } } }).join('\n')).toMatch(
    /openai +3\n.*all +USD 1\.00/,
  );
});

test('what is not set is one line, and an endpoint without kinds of its own hears all', () => {
  const limits = { openrouter: null, openai: null };
  expect(shown({ id: 'a', limits, rate_limit: null })).toEqual([
    'id          a',
    'limits      -',
    'rate limit  -',
  ]);
  const endpoint = { id: 'a', kinds: [] };
  expect(shown({ webhook_endpoints: [endpoint] })[1]).toMatch(/^a +all$/);
  expect(shown({ webhook_endpoint: endpoint })).toContain('kinds  all');
});

test('a line of a bulk change says what it changes', () => {
  const lines = [
    {
      line: 1,
      outcome: 'changed',
      before: { plan: 'pro', note: 'x' },
      after: { plan: 'vip', note: 'x' },
    },
    { line: 2, outcome: 'changed', after: { product: '404', units: 100 } },
  ];
  const told = shown({ changed: 2, lines }).join('\n');
  expect(told).toMatch(/1 +changed +plan pro → vip\n/);
  expect(told).toMatch(/2 +changed +product 404, units 100/);
});

test('where a bulk change has no message for a line, nothing stands below it', () => {
  const lines = [
    { line: 2, outcome: 'refused', message: 'This license was not found.'.repeat(3) },
    { line: 3, outcome: 'changed' },
  ];
  const told = shown({ changed: 1, lines }, { width: 60 }).map(each => each.trimEnd());
  expect(told.slice(told.indexOf('lines'))).not.toContain('');
});

test('a statement has what each of its requests was charged, and no signature that nobody reads', () => {
  const requests = [{ request_id: 'a', model: 'm', unit: 'request', units: 2 }];
  const answer = shown({ requests, statement: { version: 1 }, jws: 'eyJ'.repeat(99) }).join('\n');
  expect(answer).toMatch(/CHARGED\n +a +m +2\n/);
  expect(answer).toMatch(/\njws +only with --json/);
});

test('in a narrow terminal a report keeps its counts, and licenses their buyers', () => {
  const row = { day: '2026-11-29', code: 'quota_exhausted', reason: 'key_quota_exhausted' };
  const rows = [{ ...row, dialect: 'myaihub', provider: 'openrouter', requests: 7 }];
  const refusals = shown({ from: 'x', to: 'y', rows }, { width: 60 });
  expect(refusals[1]).toMatch(/ 7(?: |$)/);
  const license = { id: '01a22691-9068-752e-abf5-4f14e5be2f75', plan: 'pro', status: 'active' };
  const licenses = [{ ...license, email: 'a@example.com', key_last4: 'Lh0y' }];
  expect(shown({ licenses, next_cursor: null }, { width: 60 })[1]).toContain('a@example.com');
});

test('an end at midnight is shown as the end of the last day', () => {
  const license = { expires_at: '2027-03-01T00:00:00Z', resets_at: '2027-03-01T00:00:00Z' };
  expect(shown({ license })).toEqual([
    'expires  2027-02-28 24:00 UTC',
    'resets   2027-03-01 00:00 UTC',
  ]);
  const ends = { openrouter: '2027-03-01T00:00:00Z', openai: null };
  expect(shown({ license, limits_until: ends })).toContain('  openrouter  2027-02-28 24:00 UTC');
});

test('an instant in a sentence of the service is written like all others; an example stays', () => {
  const said = (text: string) => withDates(text, { timeZone: 'Asia/Tehran' });
  expect(said('by ann at 2026-11-30T20:42:09.913Z, and no change')).toBe(
    'by ann at 2026-12-01 00:12:09 Asia/Tehran, and no change',
  );
  expect(said('an instant as 2026-01-31T12:00:00Z')).toBe('an instant as 2026-01-31T12:00:00Z');
});

test('where a list of requests is too narrow, the id stands below, and cost and key stay', () => {
  const request = { request_id: '01a22691-9068-752e-abf5-4f14e5be2f75', key: 'development' };
  const more = { at: '2026-11-29T20:18:07Z', model: 'deepseek/deepseek-chat', cost_microusd: 4 };
  const requests = [{ ...request, ...more, charged: true, units: 1, outcome: 'posted' }];
  const lines = shown({ requests, next_cursor: null }, { width: 100 });
  expect(lines[1]).toMatch(/^2026-11-29 20:18:07 .*USD 0\.000004 .*development/);
  expect(lines[2]).toBe(`    ${request.request_id}`);
});

describe('what happened', () => {
  const events = [
    {
      event: 'license.change',
      at: '2026-11-29T20:18:00Z',
      actor: 'owner@shop.example',
      details: {
        before: { plan: 'basic', note: 'a bot', limits: { openai: 1 } },
        after: {
          plan: 'vip',
          note: 'a bot',
          limits: {},
          reason: 'asked for by telephone, and paid',
        },
      },
    },
    {
      event: 'purchase.bought',
      at: '2026-11-29T20:17:00Z',
      actor: 'signed',
      details: {
        order: '1004',
        line: '1',
        currency: 'EUR',
        facts: { amount: { part: 900, whole: 900 }, products: ['id:405'], quantity: 1 },
      },
    },
  ];

  test('is told by what it changed, and below its row where that is too narrow', () => {
    const change = 'plan basic → vip, limits openai 1 → -, reason asked for by telephone, and paid';
    const wide = shown({ events, next_cursor: null });
    expect(wide[1]).toContain(`  ${change}`);
    expect(wide[2]).toMatch(/order 1004, products id:405, quantity 1, amount EUR 9\.00$/);
    const narrow = shown({ events, next_cursor: null }, { width: 60 });
    expect(narrow.slice(2, 4).map(line => line.trim())).toEqual([
      'plan basic → vip, limits openai 1 → -, reason asked for',
      'by telephone, and paid',
    ]);
    for (const line of narrow) expect(widthOf(line)).toBeLessThanOrEqual(60);
  });

  test('to a grant names the grant, also where only its state changed', () => {
    const [before, after] = ['active', 'revoked'].map(status => ({ grant: 'g1', status }));
    const withdrawn = { event: 'grant.withdraw', details: { before, after } };
    expect(shown({ events: [withdrawn], next_cursor: null })[1]).toMatch(
      / grant g1, status active → revoked$/,
    );
  });

  test('in the audit log is what was, where nothing stays', () => {
    const entry = { id: '7', at: '2026-11-29T20:18:00Z', action: 'token.revoke' };
    const entries = [{ ...entry, before: { name: 'reports', role: 'viewer' }, after: null }];
    expect(shown({ entries, next_cursor: null })[1]).toMatch(/ {2}name reports, role viewer$/);
  });

  test('to a request is how much was charged, in what its plan sells', () => {
    const request = { request_id: 'a', charged: true, units: 4 };
    const requests = [request, { ...request, charged: false }, { ...request, unit: 'microusd' }];
    const charged = shown({ requests, next_cursor: null }).map(line => line.split(/ {2,}/)[1]);
    expect(charged).toEqual(['CHARGED', '4', '0', 'USD 0.000004']);
  });
});
