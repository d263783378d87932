// Of the connections to an upstream one license has half at most: whatever hangs, others are asked for.

import { expect, test } from '@jest/globals';
import type { UpstreamAnswer } from '../../src/domain/chat.js';
import { createGateway, type GatewayCall } from '../../src/providers/gateway.js';
import type { ChatProvider, StreamStep } from '../../src/providers/port.js';
import { MAX_CONNECTIONS } from '../../src/providers/upstream.js';
import { NEVER } from './fakeUpstream.js';

const SHARE = MAX_CONNECTIONS / 2;
const ANSWER = { kind: 'answer' } as UpstreamAnswer;
const PIECE = { kind: 'piece' } as StreamStep;

/** An upstream whose whole answers come when they are let go, and whose streams begin at once. */
function openGateway() {
  const waiting: Array<() => void> = [];
  const provider: ChatProvider = {
    complete: () => new Promise(resolve => waiting.push(() => resolve(ANSWER))),
    stream: () => ({ next: () => Promise.resolve(PIECE), close: () => {} }),
    listModels: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
  const told = { alert: () => {}, timed: () => {} };
  const gateway = createGateway([provider], { timeoutMs: 10_000, ...told });
  const letAllGo = () => {
    for (const go of waiting.splice(0)) go();
  };
  return { gateway, waiting, letAllGo };
}

function callOf(licenseId: string): GatewayCall {
  const model = { id: 'a/b', upstreamId: 'a/b', reasoning: false } as never;
  return { holdId: 'h', licenseId, models: [model], messages: [], options: {} };
}

test('answers that do not come take a license’s own share; when they have come it is free again', async () => {
  const { gateway, waiting, letAllGo } = openGateway();
  const complete = (license: string) => gateway.complete(callOf(license), NEVER);
  const hanging = Array.from({ length: SHARE }, () => complete('one'));
  expect(await complete('one')).toMatchObject({
    code: 'upstream_unavailable',
    reason: 'share_of_connections',
    retryAfterSeconds: 1,
  });
  const other = complete('other');
  expect(waiting).toHaveLength(SHARE + 1);
  letAllGo();
  const results = await Promise.all([...hanging, other]);
  expect(results.filter(({ kind }) => kind !== 'reached')).toEqual([]);
  const again = complete('one');
  letAllGo();
  expect(await again).toMatchObject({ kind: 'reached' });
});

test('a stream keeps its place until it is closed, and gives it back once', async () => {
  const { gateway } = openGateway();
  const stream = () => gateway.stream(callOf('one'), NEVER);
  const opened = await Promise.all(Array.from({ length: SHARE }, stream));
  expect(await stream()).toMatchObject({ kind: 'failure', reason: 'share_of_connections' });
  const [first] = opened;
  if (first?.kind !== 'reached') throw new Error('not opened');
  first.result.close();
  first.result.close();
  expect(await stream()).toMatchObject({ kind: 'reached' });
  expect(await stream()).toMatchObject({ kind: 'failure', reason: 'share_of_connections' });
});
