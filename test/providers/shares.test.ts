// One license uses at most half of the connections to an upstream, so its hanging calls do not block others.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Cancellation, CancelledError } from '../../src/domain/cancellation.js';
import { failed, type UpstreamAnswer } from '../../src/domain/chat.js';
import { createGateway, type GatewayCall } from '../../src/providers/gateway.js';
import type { ChatProvider, StreamStep } from '../../src/providers/port.js';
import { MAX_CONNECTIONS } from '../../src/providers/upstream.js';
import { NEVER } from './fakeUpstream.js';

const SHARE = MAX_CONNECTIONS / 2;
const ANSWER = { kind: 'answer' } as UpstreamAnswer;
const PIECE = { kind: 'piece' } as StreamStep;

/** An upstream whose whole answers come when they are let go, and whose streams begin at once. */
function openGateway({ timeoutMs = 60_000 } = {}) {
  const waiting: Array<() => void> = [];
  const provider: ChatProvider = {
    tellsAfterwards: false,
    complete: () => new Promise(resolve => waiting.push(() => resolve(ANSWER))),
    stream: () => ({
      next: () => Promise.resolve(PIECE),
      lookUp: () => Promise.resolve(null),
      close: () => {},
    }),
    readVideo: () => Promise.resolve(failed('no_videos')),
    fetchVideo: () => Promise.resolve(failed('no_videos')),
    listModels: () => Promise.resolve([]),
    checkKey: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
  const told = { alert: () => {}, failed: () => {}, timed: () => {} };
  const gateway = createGateway([provider], { timeoutMs, ...told });
  const letAllGo = () => {
    for (const go of waiting.splice(0)) go();
  };
  return { gateway, waiting, letAllGo };
}

function callOf(licenseId: string): GatewayCall {
  const model = { id: 'a/b', upstreamId: 'a/b', reasoning: false } as never;
  return { holdId: 'h', licenseId, models: [model], messages: [], options: {} };
}

test('unanswered calls use up a license’s share: its further calls wait, and others do not', async () => {
  const { gateway, waiting, letAllGo } = openGateway();
  const complete = (license: string) => gateway.complete(callOf(license), NEVER);
  const hanging = Array.from({ length: SHARE }, () => complete('one'));
  const further = [complete('one'), complete('one')];
  const other = complete('other');
  expect(waiting).toHaveLength(SHARE + 1);
  letAllGo();
  const results = await Promise.all([...hanging, other]);
  while (waiting.length < further.length) await nextTurn();
  letAllGo();
  results.push(...(await Promise.all(further)));
  expect(results.filter(({ kind }) => kind !== 'reached')).toEqual([]);
});

test('a call that waits for its share until its deadline fails, and nothing is sent', async () => {
  const { gateway, waiting } = openGateway({ timeoutMs: 60 });
  const hanging = Array.from({ length: SHARE }, () => gateway.complete(callOf('one'), NEVER));
  expect(await gateway.complete(callOf('one'), NEVER)).toMatchObject({
    code: 'upstream_timeout',
    reason: 'share_of_connections',
  });
  expect(waiting).toHaveLength(SHARE);
  void hanging;
});

test('a caller that leaves while it waits takes no place', async () => {
  const { gateway, waiting, letAllGo } = openGateway();
  const hanging = Array.from({ length: SHARE }, () => gateway.complete(callOf('one'), NEVER));
  const cancellation = new Cancellation();
  const leaving = gateway.complete(callOf('one'), cancellation);
  cancellation.request();
  await expect(leaving).rejects.toThrow(CancelledError);
  letAllGo();
  await Promise.all(hanging);
  expect(waiting).toHaveLength(0);
});

test('a stream keeps its place until it is closed, and gives it back once', async () => {
  const { gateway } = openGateway();
  const stream = () => gateway.stream(callOf('one'), NEVER);
  const opened = await Promise.all(Array.from({ length: SHARE }, stream));
  const [first] = opened;
  if (first?.kind !== 'reached') throw new Error('not opened');
  let begun = 0;
  const further = [stream(), stream()].map(each => each.then(() => begun++));
  first.result.close();
  first.result.close();
  await Promise.race(further);
  await nextTurn();
  expect(begun).toBe(1);
});
