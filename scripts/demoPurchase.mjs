// `npm run demo:purchase`: demonstrates a purchase offline, from the shop to the last refused request.

import '../test/harness/typescriptLoader.mjs';
import { prepare } from './prepare.mjs';

await prepare({ dev: true });
await import('../test/demo/purchase.ts');
process.exit(0);
