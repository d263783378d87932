import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { Client } from '../../../src/store/database/client.js';
import { createPrimary, nameOf, type Server } from '../../../src/store/database/primary.js';

const ONE = { host: 'one', port: 5432 };
const TWO = { host: 'two', port: 5432 };

/** Whether each server takes writes, or its name where it has another; and how often they were asked. */
function servers(answers: Record<string, boolean | string | Error>) {
  const told = { answers, asked: 0 };
  const writerAt = async ({ host }: Server) => {
    told.asked += 1;
    const answer = told.answers[host];
    if (answer instanceof Error) throw answer;
    return answer === true ? host : answer || null;
  };
  return { told, primary: createPrimary([ONE, TWO], writerAt) };
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

  test('two names of one server are one that takes writes', async () => {
    expect(await servers({ one: 'the same', two: 'the same' }).primary.find()).toBe(ONE);
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
    takesWrites.former === (server === former) ? nameOf(server) : null,
  );
  const waiting = new Client({ primary }).connect();
  await once(silent, 'connection');
  takesWrites.former = false;
  primary.doubt(former);
  await primary.find();
  await expect(waiting).rejects.toThrow('Connection terminated');
  silent.close();
});

test('a server that stops in the very moment in which it accepts a pool’s connection only fails a query', async () => {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5, type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const accepted = message('R', Buffer.alloc(4));
  const ready = message('Z', Buffer.from('I'));
  const stopped = message('E', Buffer.from('SFATAL\0C57P01\0Mstopped\0\0'));
  const server = createServer(socket => {
    socket.once('data', () => socket.end(Buffer.concat([accepted, ready, stopped])));
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = new pg.Pool({ Client, host: '127.0.0.1', port, user: 'u' } as pg.PoolConfig);
  pool.on('error', () => {});
  await expect(pool.query('SELECT 1')).rejects.toThrow();
  await pool.end();
  server.close();
});
