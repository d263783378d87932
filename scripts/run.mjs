// `node scripts/run.mjs NAME ARGS...`: prepares what is missing, then runs the built entry point NAME
// (`src/commands/job`, `src/commands/verify`), which finds ARGS from process.argv[2] on.

import { loadEnvironmentFile, prepare } from './prepare.mjs';

const [name, ...args] = process.argv.slice(2);
if (!name) {
  console.error('usage: node scripts/run.mjs NAME ARGS...');
  process.exit(2);
}
await prepare();
loadEnvironmentFile();
const entry = new URL(`../dist/${name}.js`, import.meta.url);
process.argv = [process.execPath, entry.pathname, ...args];
await import(entry.href);
