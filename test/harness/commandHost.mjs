// Runs the built command line again and again in one process, so that a test with fifty commands does not load
// all modules fifty times. Each run has its own arguments, environment, streams and exit code.

import { Console } from 'node:console';
import { Readable, Writable } from 'node:stream';

const ENTRY = new URL('../../dist/src/cli/main.js', import.meta.url);
let runs = 0;
let last = Promise.resolve();

process.on('message', asked => {
  last = last.then(() => run(asked)).then(ran => process.send({ ...ran, id: asked.id }));
});

async function run({ args, env, input }) {
  const stdout = collector();
  const stderr = collector();
  const streams = { stdin: Readable.from([input]), stdout, stderr };
  for (const [name, value] of Object.entries(streams)) {
    Object.defineProperty(process, name, { value, configurable: true });
  }
  globalThis.console = new Console({ stdout, stderr });
  process.env = env;
  process.argv = [process.execPath, ENTRY.pathname, ...args];
  process.exitCode = 0;
  try {
    // Another address is another module: what it imports stays loaded.
    await import(`${ENTRY.href}?run=${++runs}`);
  } catch (error) {
    stderr.write(String(error.stack));
    process.exitCode = 1;
  }
  const code = process.exitCode;
  process.exitCode = 0;
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collector() {
  const chunks = [];
  const stream = new Writable({
    decodeStrings: true,
    write(chunk, _encoding, written) {
      chunks.push(chunk);
      written();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString('utf8') });
}
