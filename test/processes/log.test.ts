// The log is complete when a process ends.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { startServiceProcess } from '../harness/serviceProcess.js';

const directories: string[] = [];
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

test('a service that ends in order has written the line of its last request', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sahm-lines-'));
  directories.push(directory);
  const service = await startServiceProcess({ DATA_DIR: directory });
  const response = await fetch(`${service.url}/v1/models/no-such-model`);
  const requestId = response.headers.get('x-request-id');
  service.signal('SIGINT');
  expect(await service.ended).toBe(0);
  const lines = service.output().split('\n');
  const line = JSON.parse(lines.find(each => each.includes(String(requestId))) ?? '{}');
  expect(line).toMatchObject({ msg: 'request', route: '/v1/models/*id', status: response.status });
});
