// `npm run demo:purchase`: plays a purchase from the shop to the last refused request, offline.

import '../test/harness/typescriptLoader.mjs';
import { prepare } from './prepare.mjs';

await prepare({ dev: true });
await import('../test/demo/purchase.ts');
process.exit(0);
