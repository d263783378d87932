import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { maskSecrets } from './domain/secretForms.js';

/**
 * The log, as JSON lines. Prompts and bodies are never passed to it. A key that got into a line in some other
 * way, such as in an error's text, is masked before the line is written.
 */
export function createLogger(level: string, stream: DestinationStream = destination(1)): Logger {
  return pino(
    {
      level,
      redact: ['*.authorization', '*.api_key', '*.password', '*.cookie'],
      hooks: { streamWrite: maskSecrets },
    },
    stream,
  );
}
