import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { makeKey } from '../src/domain/key.js';
import { createLogger } from '../src/log.js';

test('no key or token stands in the log, however it came there', () => {
  const key = makeKey(randomBytes);
  const upstreamKey = 'sk-or-v1-0123456789abcdef0123456789abcdef';
  const lines: string[] = [];
  const log = createLogger('trace', { write: line => void lines.push(line) });
  log.info({ api_key: key }, 'field');
  log.info({ headers: { authorization: `Bearer ${key}` } }, 'header');
  log.error({ err: new Error(`refused ${key} and ${upstreamKey}`) }, `text ${key}`);
  log.warn({ body: { deep: { prompt: key } } }, upstreamKey);
  expect(lines).toHaveLength(4);
  expect(lines.join('')).not.toContain(key);
  expect(lines.join('')).not.toContain(upstreamKey);
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty('msg');
});
