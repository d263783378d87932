// Starts the service: in this process, or in several that share the port.

import cluster from 'node:cluster';
import { tellFault } from './commands/tellFault.js';
import { loadConfig } from './config.js';

async function start(): Promise<void> {
  const config = loadConfig();
  // Loaded only where it runs, so that the process that leads the others stays small.
  if (config.webConcurrency > 1 && cluster.isPrimary) {
    const { leadWorkers } = await import('./process/cluster.js');
    leadWorkers(config);
  } else {
    const { serve } = await import('./process/serve.js');
    await serve(config);
  }
}

start().catch((error: unknown) => {
  tellFault(error);
  process.exit(1);
});
