import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { maskSecrets } from './domain/secretForms.js';

/**
 * The log, as JSON lines. Prompts and bodies are never given to it; a key that came into a line some
 * other way, such as an error's text, is masked before the line is written.
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
