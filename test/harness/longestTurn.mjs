// Loaded before the service (node --import). Measures the longest turn of its event loop in milliseconds of
// processor time, which does not depend on how busy the machine is. SIGUSR2 writes it to LONGEST_TURN_FILE
// and starts again.

import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const LOOK_EVERY_MS = 2;

const processorMs = ofThisThread() ?? ofAllThreads;
const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
delay.enable();
let before = processorMs();
let longestMs = 0;

setInterval(() => {
  const now = processorMs();
  longestMs = Math.max(longestMs, now - before);
  before = now;
}, LOOK_EVERY_MS).unref();

process.on('SIGUSR2', () => {
  const told = { processorMs: longestMs, delayMs: delay.max / 1e6 };
  writeFileSync(process.env.LONGEST_TURN_FILE, JSON.stringify(told));
  longestMs = 0;
  delay.reset();
});

/** Of the thread of the event loop alone: what others collect or compress meanwhile keeps nobody waiting. */
function ofThisThread() {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`);
    const bytes = Buffer.alloc(64);
    const read = () => {
      const length = readSync(file, bytes, 0, bytes.length, 0);
      return Number.parseInt(bytes.toString('latin1', 0, length), 10) / 1e6;
    };
    if (read() > 0) return read;
    closeSync(file);
  } catch {}
  return null;
}

function ofAllThreads() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
