// Runs a real Redis, which keeps nothing on disk: started again it is empty.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { freePorts, type Program, startProgram } from './program.js';

export interface RedisServer extends Program {
  url: string;
  port: number;
}

/** `port`: one that an earlier server had. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const ownPort = port ?? ((await freePorts(1))[0] as number);
  const directory = await mkdtemp(join(tmpdir(), 'sahm-redis-'));
  const url = `redis://127.0.0.1:${ownPort}`;
  const settings = ['--port', String(ownPort), '--bind', '127.0.0.1', '--dir', directory];
  const volatile = ['--save', '', '--appendonly', 'no'];
  const program = await startProgram('redis-server', [...settings, ...volatile], directory, () =>
    answers(url),
  );
  return { url, port: ownPort, ...program };
}

async function answers(url: string): Promise<boolean> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
    client.destroy();
    return true;
  } catch {
    return false;
  }
}
