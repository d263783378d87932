// Boots the service: in this process, or in several that share the port.

import cluster from 'node:cluster';
import { ConfigError, loadConfig } from './config.js';

/** Faults that the operator can mend by reading one message, without a stack trace. */
const OPERATOR_FAULTS = ['ConfigError', 'CatalogError', 'DirectoryLockedError'];

async function start(): Promise<void> {
  const config = loadConfig();
  // Loaded only where it runs: the process that leads the others stays small.
  if (config.webConcurrency > 1 && cluster.isPrimary) {
    const { leadWorkers } = await import('./cluster.js');
    leadWorkers(config);
  } else {
    const { serve } = await import('./serve.js');
    await serve(config);
  }
}

start().catch((error: Error & { code?: string }) => {
  const isPlain = error instanceof ConfigError || OPERATOR_FAULTS.includes(error.name);
  console.error(isPlain ? error.message : error);
  if (error.code === 'EADDRINUSE') console.error('Set PORT to a free one.');
  process.exit(1);
});
