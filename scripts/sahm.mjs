#!/usr/bin/env node
// The command line, built first where it is not yet.

import { existsSync } from 'node:fs';
import { loadEnvironmentFile, prepare } from './prepare.mjs';

const entry = new URL('../dist/src/cli/main.js', import.meta.url);
if (!existsSync(entry)) {
  // Whoever reads the standard output waits for an answer and not for what was built.
  const { log } = console;
  console.log = console.error;
  await prepare();
  console.log = log;
}
loadEnvironmentFile();
await import(entry.href);
