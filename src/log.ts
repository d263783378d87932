import cluster from 'node:cluster';
import { write } from 'node:fs';
import { type DestinationStream, type Logger, pino } from 'pino';
import { maskSecrets } from './domain/secretForms.js';
import { LogOutput, MOST_OF_MANY, MOST_OF_ONE } from './log/output.js';

/** Where the lines go: at once, and those that may wait for others. */
export interface LogLines {
  write(line: string): void;
  writeSoon(line: string): void;
}

const STDOUT = 1;
let standardOutput: LogOutput | undefined;

/** What all logs of this process are written to. */
export function stdout(): LogOutput {
  if (!standardOutput) {
    const most = cluster.isWorker ? MOST_OF_MANY : MOST_OF_ONE;
    const output = new LogOutput(STDOUT, write, most);
    process.on('exit', () => output.writeRest());
    standardOutput = output;
  }
  return standardOutput;
}

/**
 * The log, as JSON lines. Prompts and bodies are never passed to it. A key that got into a line in some other
 * way, such as in an error's text, is masked before the line is written.
 */
export function createLogger(level: string, lines: DestinationStream = stdout()): Logger {
  return pino(
    {
      level,
      redact: ['*.authorization', '*.api_key', '*.password', '*.cookie'],
      hooks: { streamWrite: maskSecrets },
    },
    lines,
  );
}

/**
 * A line for each request, at `info`. Each field is a number, one of a closed list, an id of ours or made safe before
 * (`SeenRequest`): nothing has to be looked for in it, which would cost more than to write it.
 */
export function createRequestLog(level: string, lines: LogLines = stdout()): Logger {
  return pino({ level }, { write: line => lines.writeSoon(line) });
}
