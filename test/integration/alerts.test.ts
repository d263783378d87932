// What an operator is alerted on: the metrics, the rules for Prometheus, and the dashboard.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OUTCOMES } from '../../src/domain/delivery.js';
import { ERROR_STATUS } from '../../src/domain/refusal.js';
import { findProgram } from '../harness/program.js';
import { testWhere } from '../harness/testWhere.js';
import { report, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
beforeAll(async () => {
  // Nobody answers there: its metric is served all the same.
  selling = await startSelling({ REDIS_URL: 'redis://127.0.0.1:1' });
});
afterAll(() => selling.close());

async function metrics(): Promise<string> {
  const { body } = await selling.service.call('GET', '/metrics');
  return body.text as string;
}

async function purchaseEvents() {
  const values = [
    ...(await metrics()).matchAll(/^sahm_purchase_events\{outcome="(\w+)"\} (\d+)$/gm),
  ];
  return Object.fromEntries(values.map(([, outcome = '', value]) => [outcome, Number(value)]));
}

const METRIC = /\bsahm_[a-z_]+[a-z]/g;

/** The names in a text, without what a histogram adds to its own. */
function namedIn(text: string): string[] {
  const names = (text.match(METRIC) ?? []).map(name => name.replace(/_(bucket|sum|count)$/, ''));
  return [...new Set(names)].sort();
}

async function servedMetrics() {
  const text = await metrics();
  const typed = [...text.matchAll(/^# TYPE (sahm_\S+) (\S+)$/gm)];
  const helped = new Set([...text.matchAll(/^# HELP (sahm_\S+) \S/gm)].map(([, name]) => name));
  return typed.map(([, name = '', type]) => ({ name, type, hasHelp: helped.has(name) }));
}

/** The expressions of the alert rules, and the queries of the dashboard. */
async function rulesText() {
  const rules = (await readFile('docs/alerts/alerts.yml', 'utf8')).split('- alert: ').slice(1);
  return rules.map(rule => ({
    name: rule.slice(0, rule.indexOf('\n')),
    expression: rule.slice(rule.indexOf('expr:'), rule.search(/\n {8}(?:for|labels):/)),
    rule,
  }));
}

test('every metric has a help text and is in docs/operations.md, which names no other', async () => {
  const served = await servedMetrics();
  expect(served.filter(({ hasHelp }) => !hasHelp)).toEqual([]);
  const operations = await readFile('docs/operations.md', 'utf8');
  const rows = [...operations.matchAll(/^\| `(sahm_[a-z_]+)` \| (\w+)/gm)];
  const documented = rows.map(([, name, type]) => `${name} ${type}`).sort();
  expect(documented).toEqual(served.map(({ name, type }) => `${name} ${type}`).sort());
  expect(namedIn(operations)).toEqual(served.map(({ name }) => name).sort());
});

test('counters end in _total, seconds in _seconds, and no series has an empty label', async () => {
  for (const { name, type } of await servedMetrics()) {
    expect(name.endsWith('_total')).toBe(type === 'counter');
  }
  // Something of each kind that could lack a label.
  await selling.service.post('/api/chat_v3', {});
  expect(await metrics()).toMatch(/^sahm_chat_requests_total\{.*provider="none"/m);
  expect(await metrics()).not.toMatch(/^sahm_\w+\{[^}]*=""/m);
});

test('alert rules and the dashboard ask only for metrics that are served', async () => {
  const served = (await servedMetrics()).map(({ name }) => name);
  const dashboard = JSON.parse(await readFile('delivery/grafana.json', 'utf8'));
  const queries = dashboard.panels.flatMap((panel: { targets?: Array<{ expr: string }> }) =>
    (panel.targets ?? []).map(({ expr }) => expr),
  );
  expect(queries.length).toBeGreaterThan(10);
  const expressions = (await rulesText()).map(({ expression }) => expression);
  for (const text of [...queries, ...expressions]) {
    expect(namedIn(text).length).toBeGreaterThan(0);
    expect(served).toEqual(expect.arrayContaining(namedIn(text)));
  }
});

test('every alert rule says what to do and how urgent it is, and has a test of when it fires', async () => {
  const tests = await readFile('docs/alerts/alerts.test.yml', 'utf8');
  const rules = await rulesText();
  expect(rules.length).toBeGreaterThan(20);
  for (const { name, rule } of rules) {
    expect(rule).toMatch(/\n {8}labels: \{ severity: (page|ticket|info) \}\n/);
    expect(rule).toMatch(/\n {8}annotations:\n {10}summary: >-\n {12}\S/);
    expect(tests).toMatch(new RegExp(`labels: ALERTS\\{alertname="${name}"`));
  }
});

test('the service counts each outcome that a rule names', async () => {
  const outcomes = (await rulesText())
    .flatMap(({ expression }) => [...expression.matchAll(/outcome="(\w+)"/g)])
    .map(([, outcome]) => outcome);
  const known = [...Object.keys(ERROR_STATUS), ...OUTCOMES, 'forged', 'off', 'answer'];
  expect(known).toEqual(expect.arrayContaining(outcomes));
});

const promtool = findProgram('promtool');
const whereProgramIs = testWhere(promtool !== undefined, 'prometheus');

function runPromtool(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    execFile(promtool ?? '', args, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}

whereProgramIs(
  'Prometheus reads the alert rules, and each speaks when its test says so',
  async () => {
    expect(await runPromtool('check', 'rules', 'docs/alerts/alerts.yml')).toMatchObject({
      code: 0,
    });
    const tested = await runPromtool('test', 'rules', 'docs/alerts/alerts.test.yml');
    expect(tested).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
  },
);

test('the metrics count what waits in the inbox, and what failed in the last 30 days', async () => {
  expect(await purchaseEvents()).toEqual({ waiting: 0, failed: 0 });
  const fact = {
    order_id: '1',
    line_id: '1',
    fact: 'bought',
    product: '404',
    occurred_at: new Date().toISOString(),
  };
  // An add-on without a license, and a report that names nobody.
  const email = 'waiting@example.com';
  expect(await report(selling.service, { ...fact, email })).toBe('waiting');
  expect(await report(selling.service, { ...fact, order_id: '2' })).toBe('failed');
  expect(await purchaseEvents()).toEqual({ waiting: 1, failed: 1 });

  const plan = { ...fact, order_id: '3', product: 'pro-month', email };
  expect(await report(selling.service, plan)).toBe('applied');
  const { prisma } = selling.service.database;
  await prisma.$executeRaw`
    UPDATE purchase_event SET settled_at = settled_at - interval '31 days' WHERE outcome = 'failed'`;
  expect(await purchaseEvents()).toEqual({ waiting: 0, failed: 0 });
});
