// Both clients behind one function, so that one test holds for both.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe } from '@jest/globals';
import {
  ApiError,
  type Details,
  type Left,
  Sahm,
  SahmError,
  Stream,
} from '../../sdk/js/src/index.js';
import { findProgram } from '../harness/program.js';
import { describeWhere } from '../harness/testWhere.js';

export interface Call {
  baseUrl: string;
  apiKey?: string;
  /** Options of the client, in JavaScript's names. */
  client?: object;
  /** `chat.completions.create` */
  call: string;
  /** What stands before the request, such as an id. */
  path?: string[];
  request?: object | undefined;
  /** Options of the call, in JavaScript's names. */
  options?: object;
}

/** An answer, a stream's events, or an error by the name of its class. */
export interface Outcome {
  error?: string;
  status?: number;
  code?: string | null;
  type?: string | null;
  param?: string | null;
  message?: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  data?: any;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was streamed
  events: any[];
  isReplay?: boolean;
  requestId?: string | null;
  charged?: number | null;
  quota?: { limit: number; remaining: number; resetsAt: number } | null;
  rateLimit?: { limit: number; remaining: number; resetsAt: number } | null;
}

/** Makes one call at a time. */
export interface Asker {
  ask(call: Call): Promise<Outcome>;
  close(): Promise<void>;
}

/** The same tests for the client of each language. */
export function describeClients(tests: (open: () => Asker) => void): void {
  describe('the client in JavaScript', () =>
    tests(() => ({ ask: askInJavaScript, close: async () => {} })));
  describeWhere(findProgram('python3') !== undefined, 'python3')('the client in Python', () =>
    tests(openPython),
  );
}

const KEY = 'sahm_live_test';

async function askInJavaScript(asked: Call): Promise<Outcome> {
  const { baseUrl, apiKey = KEY, client: options, call, path = [], request } = asked;
  const client = new Sahm({ baseUrl, apiKey, ...options });
  const outcome: Outcome = { events: [] };
  try {
    const parameters = request ? [...path, request] : path;
    const answer = await methodOf(client, call)(...parameters, asked.options);
    if (answer instanceof Stream) {
      Object.assign(outcome, shown(answer));
      for await (const event of answer) outcome.events.push(event);
      return outcome;
    }
    return { ...outcome, data: answer.data, isReplay: answer.isReplay, ...shown(answer) };
  } catch (error) {
    if (!(error instanceof SahmError)) throw error;
    const { name, message } = error;
    if (!(error instanceof ApiError)) return { ...outcome, error: name, message };
    const { status, code, type, param } = error;
    return { ...outcome, error: name, message, status, code, type, param, ...shown(error) };
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any method of the client
function methodOf(client: Sahm, call: string): (...args: unknown[]) => Promise<any> {
  const names = call.split('.');
  const last = names.pop() as string;
  // biome-ignore lint/suspicious/noExplicitAny: any part of the client
  const subject = names.reduce<any>((found, name) => found[name], client);
  return (...args) => subject[last](...args);
}

function shown({ requestId, charged, quota, rateLimit }: Details) {
  return { requestId, charged, quota: inMs(quota), rateLimit: inMs(rateLimit) };
}

function inMs(left: Left | null) {
  return left && { ...left, resetsAt: left.resetsAt.getTime() };
}

/** One process for all calls: a line each. */
function openPython(): Asker {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn('python3', ['test/sdk/ask.py'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(asked) {
      const absent = { apiKey: KEY, client: {}, path: [], request: {}, options: {} };
      // What is undefined is not in the JSON, as if it were absent.
      const given = JSON.parse(JSON.stringify(asked));
      child.stdin.write(`${JSON.stringify({ ...absent, ...given })}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('test/sdk/ask.py ended');
      return JSON.parse(value);
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'close');
    },
  };
}
