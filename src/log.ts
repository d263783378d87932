import { type DestinationStream, destination, type Logger, pino } from 'pino';

/** Anything of the form of a key, ours or an upstream's, and what follows `Bearer`. */
const SECRET =
  /sahm_(?:live|admin)_[0-9A-Za-z_-]{6,}|\bsk-[0-9A-Za-z_-]{8,}|\b(?:sk|rk|whsec|cs|ck)_[0-9A-Za-z_]{8,}|Bearer [^\s"\\]+/g;

/**
 * The log, as JSON lines. Prompts and bodies are never given to it; a key that came into a line some
 * other way, such as an error's text, is masked before the line is written.
 */
export function createLogger(level: string, stream: DestinationStream = destination(1)): Logger {
  return pino(
    {
      level,
      redact: ['*.authorization', '*.api_key', '*.password', '*.cookie'],
      hooks: { streamWrite: line => line.replace(SECRET, '[secret]') },
    },
    stream,
  );
}
