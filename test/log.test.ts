import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { makeKey } from '../src/domain/key.js';
import { LogOutput, MOST_OF_MANY, MOST_OF_ONE } from '../src/log/output.js';
import { createLogger, createRequestLog } from '../src/log.js';

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

test.each(['warn', 'error', 'silent'])(
  'at the level %s no line is written for a request',
  level => {
    const lines: string[] = [];
    const keep = (line: string) => void lines.push(line);
    createRequestLog(level, { write: keep, writeSoon: keep }).info({}, 'request');
    expect(lines).toEqual([]);
  },
);

/** Stands in for `fs.write`: each call waits until it is let go. */
function heldWrites() {
  const calls: Array<{ text: string; done(error?: Error): void }> = [];
  const held = ((_fd, bytes, _offset, length, _position, callback) => {
    const done = (error?: Error) => callback((error as never) ?? null, length as number, bytes);
    calls.push({ text: String(bytes), done });
  }) as typeof write;
  return { calls, held };
}

describe('the output of the log', () => {
  const line = (name: unknown) => `{"msg":"${name}"}\n`;

  test('keeps the order: a line that is written at once comes after those that waited', () => {
    const { calls, held } = heldWrites();
    const output = new LogOutput(1, held, MOST_OF_MANY);
    output.writeSoon(line('one'));
    output.writeSoon(line('two'));
    expect(calls).toEqual([]);
    output.write(line('three'));
    expect(calls.map(({ text }) => text)).toEqual([line('one') + line('two') + line('three')]);
  });

  test('while nobody reads, nothing waits for it; what is too much is lost, counted, and told afterwards', () => {
    const { calls, held } = heldWrites();
    const output = new LogOutput(1, held, MOST_OF_MANY);
    const long = line('x'.repeat(1_000));
    for (let count = 0; count < 10_000; count++) output.write(long);
    expect(calls).toHaveLength(1);
    expect(output.lost).toBeGreaterThan(5_000);
    for (let done = 0; done < calls.length; done++) calls[done]?.done();
    const all = calls.map(({ text }) => text).join('');
    expect(all.split('\n').filter(each => each === long.trim())).toHaveLength(10_000 - output.lost);
    const told = JSON.parse(all.split('\n').find(each => each.includes('were lost')) ?? '{}');
    expect(told).toMatchObject({ level: 40, lines: output.lost });
    output.write(line('later'));
    expect(calls.at(-1)?.text).toBe(line('later'));
  });

  test.each([MOST_OF_MANY, MOST_OF_ONE])(
    'no piece is larger than %d characters, and each has whole lines',
    most => {
      const { calls, held } = heldWrites();
      const output = new LogOutput(1, held, most);
      for (let count = 0; count < 600; count++) output.writeSoon(line('x'.repeat(count % 200)));
      for (let done = 0; done < calls.length; done++) calls[done]?.done();
      expect(calls.length).toBeGreaterThan(1);
      for (const { text } of calls) {
        expect(text.length).toBeLessThanOrEqual(most);
        expect(text.endsWith('}\n')).toBe(true);
      }
    },
  );

  test('a full disk loses lines and stops nothing, and the end of the process neither', async () => {
    const full = openSync('/dev/full', 'w');
    const output = new LogOutput(full, write, MOST_OF_MANY);
    output.write(line('one'));
    while (output.lost === 0) await new Promise(resolve => setImmediate(resolve));
    output.writeSoon(line('two'));
    output.writeRest();
    closeSync(full);
  });

  test('what waits is written at the end of the process', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sahm-log-'));
    const file = join(folder, 'log');
    const fd = openSync(file, 'w');
    const output = new LogOutput(fd, write, MOST_OF_MANY);
    output.writeSoon(line('one'));
    output.writeRest();
    closeSync(fd);
    expect(readFileSync(file, 'utf8')).toBe(line('one'));
    rmSync(folder, { recursive: true });
  });
});
