#!/usr/bin/env node
// The command line, built first where it is not yet.

import { existsSync } from 'node:fs';
import { loadEnvironmentFile, prepare } from './prepare.mjs';

const entry = new URL('../dist/src/cli/main.js', import.meta.url);
if (!existsSync(entry)) await prepare();
loadEnvironmentFile();
await import(entry.href);
