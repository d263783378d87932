import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { Client } from '../../../src/store/database/client.js';
import { createPrimary, type Server } from '../../../src/store/database/primary.js';

const ONE = { host: 'one', port: 5432 };
const TWO = { host: 'two', port: 5432 };

/** What each server answers, and how often they were asked. */
function servers(answers: Record<string, boolean | Error>) {
  const told = { answers, asked: 0 };
  const takesWrites = async ({ host }: Server) => {
    told.asked += 1;
    const answer = told.answers[host];
    if (typeof answer !== 'boolean') throw answer;
    return answer;
  };
  return { told, primary: createPrimary([ONE, TWO], takesWrites) };
}

describe('of several servers', () => {
  test('the one that takes writes is found, also while another is away', async () => {
    expect(await servers({ one: false, two: true }).primary.find()).toBe(TWO);
    expect(await servers({ one: new Error('away'), two: true }).primary.find()).toBe(TWO);
  });

  test('it is asked once for all who want it, and again after something failed there', async () => {
    const { told, primary } = servers({ one: true, two: false });
    await Promise.all([primary.find(), primary.find()]);
    expect(await primary.find()).toBe(ONE);
    expect(told.asked).toBe(2);
    told.answers = { one: new Error('away'), two: true };
    primary.doubt(TWO);
    expect(await primary.find()).toBe(ONE);
    primary.doubt(ONE);
    expect(await primary.find()).toBe(TWO);
  });

  test('none is taken while two take writes: one of them was replaced', async () => {
    const { told, primary } = servers({ one: true, two: true });
    await expect(primary.find()).rejects.toMatchObject({
      code: '57P03',
      message: expect.stringMatching(/one:5432 and two:5432/),
    });
    told.answers = { one: new Error('stopped'), two: true };
    expect(await primary.find()).toBe(TWO);
  });

  test('where none takes writes, the fault is what was met, or that they are read-only', async () => {
    await expect(servers({ one: false, two: false }).primary.find()).rejects.toMatchObject({
      code: '25006',
    });
    await expect(servers({ one: new Error('away'), two: false }).primary.find()).rejects.toThrow(
      'away',
    );
  });
});

test('a connection that waits for the former primary fails when another one is found', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const former = { host: '127.0.0.1', port };
  const takesWrites = { former: true };
  const primary = createPrimary([former, TWO], async server =>
    server === former ? takesWrites.former : !takesWrites.former,
  );
  const waiting = new Client({ primary }).connect();
  await once(silent, 'connection');
  takesWrites.former = false;
  primary.doubt(former);
  await primary.find();
  await expect(waiting).rejects.toThrow('Connection terminated');
  silent.close();
});
