// The checks of `npm run chaos` find the faults that they exist for, also those that no planted fault causes.

import { expect, test } from '@jest/globals';
import { checkCounters } from '../../chaos/checks/counters.js';
import { checkHolds } from '../../chaos/checks/holds.js';
import { checkKeys } from '../../chaos/checks/keys.js';
import { checkPurchases } from '../../chaos/checks/purchases.js';
import { checkRepeats } from '../../chaos/checks/repeats.js';
import { checkWallets } from '../../chaos/checks/wallets.js';
import type { Evidence, Hold } from '../../chaos/evidence.js';
import type { Call } from '../../chaos/history.js';
import type { ServedRequest } from '../../src/providers/sandbox/server.js';

const LARGE = 'large';
const ONCE = 'once';
const WALLET = 'wallet';
const shown = (used: number) => ({ openrouter: { used, limit: 100, remaining: 100 - used } });

function call(id: string, more: Partial<Call> = {}): Call {
  const step = 10 * Number(id.slice(1));
  return {
    outcome: 'success',
    status: 200,
    code: null,
    id,
    isReplay: false,
    charged: 1,
    period: '2026-11',
    shown: {},
    digest: 'same',
    license: LARGE,
    provider: 'openrouter',
    kind: 'chat',
    model: 'm',
    key: 'k',
    most: 1,
    idempotencyKey: null,
    begun: step,
    ended: step + 5,
    begunAtMs: step,
    ...more,
  };
}

function hold(id: string, more: Partial<Hold> = {}): Hold {
  return {
    id,
    license: LARGE,
    provider: 'openrouter',
    units: 1,
    state: 'posted',
    model: 'm',
    dialect: 'openai',
    isMoney: false,
    createdAtMs: 0,
    promptTokens: null,
    completionTokens: null,
    ...more,
  };
}

function served(holdId: string, outcome = 'answer'): ServedRequest {
  const rest = { number: 1, at: '', provider: 'openrouter' as const, model: 'm', stream: false };
  return { ...rest, holdId, outcome, bodyBytes: 1, clientAborted: false, ended: true };
}

const license = (id: string) => [{ id, keys: ['k'] }];

function evidence(calls: Call[], more: Partial<Evidence> = {}): Evidence {
  const { history, ...others } = more;
  return {
    history: { calls, readings: [], bans: [], keysRepeated: [], step: () => 0, ...history },
    cast: {
      large: license(LARGE),
      small: [],
      wallets: license(WALLET),
      purses: [],
      once: license(ONCE),
      guarded: [],
    },
    holds: calls.map(({ id, license }) => hold(id ?? '', { license })),
    served: calls.map(({ id }) => served(id ?? '')),
    told: new Map(),
    orders: [],
    deliveries: 0,
    sold: { licenses: [], grants: [] },
    verified: { code: 0, output: '' },
    exitCodes: [],
    secrets: new Map(),
    logFiles: [],
    ...others,
  };
}

function brokenIn(found: Evidence): string[] {
  return [
    ...checkCounters(found),
    ...checkHolds(found),
    ...checkWallets(found),
    checkRepeats(found),
    checkKeys(found),
    ...checkPurchases(found),
  ].flatMap(({ broken }) => broken);
}

const historyOf = (more: Partial<Evidence['history']>) => more as Evidence['history'];
const reading = (used: number) => ({
  license: LARGE,
  period: '2026-11',
  shown: shown(used),
  begun: 16,
  ended: 17,
});
const ban = { license: LARGE, key: null, from: 5, fromMs: 5, until: 100, untilMs: 100 };
const order = { id: 'o', email: 'e', pieces: 1, refundedUnits: 10, isCancelled: false };
const keyed = { license: ONCE, idempotencyKey: 'one' };

test('consistent evidence is not reported, nor what a client could not know', () => {
  const calls = [
    call('h1', { shown: shown(1) }),
    call('h2', { outcome: 'refused', status: 502, charged: 0 }),
    call('h3', { outcome: 'unknown', status: 0, charged: null, id: null }),
    call('h4', keyed),
    call('h5', { ...keyed, isReplay: true }),
  ];
  const holds = [
    hold('h1'),
    hold('h2', { state: 'voided' }),
    hold('h3'),
    hold('h4', { license: ONCE }),
  ];
  const half = { ...served('h3', 'reset-body'), stream: true };
  const upstream = [served('h1'), served('h2'), half, served('h4')];
  const history = historyOf({ readings: [reading(1)], bans: [{ ...ban, until: 12, untilMs: -1 }] });
  const sold = { licenses: [], grants: [{ order: 'o', units: 50, entitled: 40, state: 'active' }] };
  const all = { holds, served: upstream, history, orders: [order], sold };
  expect(brokenIn(evidence(calls, all))).toEqual([]);
});

test.each<[string, Evidence]>([
  [
    'shown 0, but 1 were acknowledged',
    evidence([call('h1')], { history: historyOf({ readings: [reading(0)] }) }),
  ],
  ['shown 2, but', evidence([call('h1')], { history: historyOf({ readings: [reading(2)] }) })],
  ['shown 101, but', evidence([call('h1')], { history: historyOf({ readings: [reading(101)] }) })],
  ['101 of 100', evidence([], { history: historyOf({ readings: [reading(101)] }) })],
  ['a success, but its hold is missing', evidence([call('h1')], { holds: [] })],
  [
    'a success, but its hold is expired',
    evidence([call('h1')], { holds: [hold('h1', { state: 'expired' })] }),
  ],
  ['told a cost of 1, charged 2', evidence([call('h1')], { holds: [hold('h1', { units: 2 })] })],
  ['two successes of one hold', evidence([call('h1'), call('h1')])],
  ['refused (504 null), but charged', evidence([call('h1', { outcome: 'refused', status: 504 })])],
  ['no client can have asked for it', evidence([], { holds: [hold('h1')] })],
  ['still pending', evidence([], { holds: [hold('h1', { state: 'pending' })] })],
  ['called without a hold', evidence([], { served: [served('h9')] })],
  ['called 3 times', evidence([call('h1')], { served: [1, 2, 3].map(() => served('h1')) })],
  ['did not answer it', evidence([call('h1')], { served: [served('h1', 'status-500')] })],
  ['did not answer it', evidence([call('h1')], { served: [served('h1', 'reset-body')] })],
  [
    'told 0, charged 1',
    evidence([call('h1')], { told: new Map([[LARGE, { shown: shown(0), requests: [] }]]) }),
  ],
  [
    'told voided, but it is posted',
    evidence([call('h1')], {
      told: new Map([
        [LARGE, { shown: {}, requests: [{ id: 'h1', outcome: 'voided', units: 1 }] }],
      ]),
    }),
  ],
  [
    'its cost is 12',
    evidence([], {
      holds: [hold('h1', { license: WALLET, units: 64, promptTokens: 9, completionTokens: 14 })],
    }),
  ],
  ['2 calls were served anew', evidence([call('h1', keyed), call('h2', keyed)])],
  [
    '2 different answers',
    evidence([call('h1', keyed), call('h2', { ...keyed, isReplay: true, digest: 'other' })]),
  ],
  [
    '2 units charged, 1 by the keys',
    evidence([call('h1', keyed)], {
      holds: [hold('h1', { license: ONCE }), hold('h2', { license: ONCE })],
    }),
  ],
  [
    'served with a key that had been suspended',
    evidence([call('h1')], { history: historyOf({ bans: [ban] }) }),
  ],
  [
    'held while the license was suspended',
    evidence([], { holds: [hold('h1', { createdAtMs: 50 })], history: historyOf({ bans: [ban] }) }),
  ],
  ['the buyer has [], and bought [40 of 50]', evidence([], { orders: [order] })],
  [
    'the buyer has [40 of 50, 40 of 50]',
    evidence([], {
      orders: [order],
      sold: {
        licenses: [],
        grants: [1, 2].map(() => ({ order: 'o', units: 50, entitled: 40, state: 'active' })),
      },
    }),
  ],
])('caught: %s', (fault, found) => {
  expect(brokenIn(found).join('\n')).toContain(fault);
});
