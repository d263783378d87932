// The checks of the process tests find each fault that they exist for.

import { expect, test } from '@jest/globals';
import type { ServedRequest } from '../../src/providers/sandbox/server.js';
import { findContradictions, type Seen } from './load.js';
import type { HoldRow } from './site.js';

function seen(id: string, more: Partial<Seen> = {}): Seen {
  const answer = { status: 200, code: null, period: '2025-12', used: Number(id.slice(1)) };
  return { url: '', key: 'k', model: 'm', id, retryAfter: null, tookMs: 1, ...answer, ...more };
}

function hold(id: string, state = 'posted'): HoldRow {
  return { id, licenseId: 'l', period: '2025-12', grantId: null, state, reason: null };
}

function served(holdId: string | null, outcome = 'answer'): ServedRequest {
  const rest = { number: 1, at: '', provider: 'openrouter' as const, model: 'm', stream: false };
  return { ...rest, holdId, outcome, bodyBytes: 1, clientAborted: false, ended: true };
}

const broken = seen('h9', { status: 0, id: null, used: null });

test('what fits together is not reported, nor what a client could not know', () => {
  const history = [seen('h1'), seen('h2', { status: 502, code: 'upstream_failed' }), broken];
  const holds = [hold('h1'), hold('h2', 'voided'), hold('h3'), hold('h4', 'expired')];
  const upstream = [
    served('h1', 'reset'),
    served('h1'),
    served('h2', 'status-500'),
    served('h3'),
    served('h4'),
  ];
  expect(findContradictions(history, holds, upstream)).toEqual([]);
});

test.each<[string, Seen[], HoldRow[], ServedRequest[]]>([
  ['h1: a client saw success, the hold is missing', [seen('h1')], [], []],
  [
    'h1: a client saw success, the hold is expired',
    [seen('h1')],
    [hold('h1', 'expired')],
    [served('h1')],
  ],
  [
    'h1: refused with 504, but charged',
    [seen('h1', { status: 504 })],
    [hold('h1')],
    [served('h1')],
  ],
  ['h1: still pending', [], [hold('h1', 'pending')], []],
  ['h1: the upstream was called without a hold', [], [], [served('h1')]],
  ['no id: the upstream was called without a hold', [], [], [served(null)]],
  ['h1: the upstream answered it twice', [seen('h1')], [hold('h1')], [served('h1'), served('h1')]],
  [
    'h1: the upstream was called 3 times',
    [seen('h1')],
    [hold('h1')],
    [served('h1', 'reset'), served('h1', 'reset'), served('h1')],
  ],
  ['h1: charged, but the upstream did not answer it', [seen('h1')], [hold('h1')], []],
  [
    'h1: charged, but the upstream did not answer it',
    [broken],
    [hold('h1')],
    [served('h1', 'status-500')],
  ],
  ['1 charged; 0 successes, 0 unknown', [], [hold('h1')], [served('h1')]],
  [
    'two successes were told the same count',
    [seen('h1'), seen('h2', { used: 1 })],
    [hold('h1'), hold('h2')],
    [served('h1'), served('h2')],
  ],
])('caught: %s', (fault, history, holds, upstream) => {
  expect(findContradictions(history, holds, upstream)).toContain(fault);
});
