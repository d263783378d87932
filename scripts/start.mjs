// `npm start`: prepares what is missing, then becomes the server, in this process, so that signals
// reach the server directly.

import { loadEnvironmentFile, prepare } from './prepare.mjs';

await prepare();
loadEnvironmentFile();
await import('../dist/src/main.js');
