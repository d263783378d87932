// `npm start`: prepares what is missing, then becomes the server in this same process, so that signals reach
// the server directly. npm's shell is replaced by this process (`exec`), because it would not pass signals
// on.

import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadEnvironmentFile, prepare } from './prepare.mjs';

const PARENT_LOOKED_AT_EVERY_MS = 500;

if (isRunByNpm()) endWithParent();
if (process.pid === 1) endWhileStarting();
await prepare();
loadEnvironmentFile();
await import('../dist/src/main.js');

/** True for npm itself; false for a program that npm runs and that starts this one to outlive it. */
function isRunByNpm() {
  const { npm_lifecycle_event: script, npm_package_json: of } = process.env;
  return script === 'start' && of === fileURLToPath(new URL('../package.json', import.meta.url));
}

/** npm does not pass on that it was killed or got SIGHUP. An orphan would keep the port and the folder. */
function endWithParent() {
  const parent = process.ppid;
  const look = () => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  };
  const timer = setInterval(look, PARENT_LOOKED_AT_EVERY_MS).unref();
}

/** A container's first process has no default signal actions: these serve until the server has its own. */
function endWhileStarting() {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
}
