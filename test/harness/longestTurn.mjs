// Loaded before the service (node --import). Measures the longest turn of its event loop in milliseconds of
// processor time, which does not depend on how busy the machine is. SIGUSR2 writes it to LONGEST_TURN_FILE
// and starts again.

import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const LOOK_EVERY_MS = 2;

const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
delay.enable();
let before = process.cpuUsage();
let longestMs = 0;

setInterval(() => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  longestMs = Math.max(longestMs, (user + system) / 1000);
}, LOOK_EVERY_MS).unref();

process.on('SIGUSR2', () => {
  const told = { processorMs: longestMs, delayMs: delay.max / 1e6 };
  writeFileSync(process.env.LONGEST_TURN_FILE, JSON.stringify(told));
  longestMs = 0;
  delay.reset();
});
