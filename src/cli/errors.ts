// Errors of commands, with a message for people and a code for scripts.

import { EXIT, type ExitCode } from '../commands/exitCodes.js';
import { maskSecrets } from '../domain/secretForms.js';

export interface ErrorTold {
  code: string;
  message: string;
  details?: unknown;
}

export class CliError extends Error {
  override name = 'CliError';
  readonly told: ErrorTold;
  constructor(
    code: string,
    message: string,
    readonly exitCode: ExitCode,
    details?: unknown,
  ) {
    super(maskSecrets(message));
    this.told = { code, message: this.message, ...(details !== undefined && { details }) };
  }
}

/** An error in what was typed. */
export function wrongUsage(message: string, details?: unknown): CliError {
  return new CliError('wrong_usage', message, EXIT.couldNotRun, details);
}

const BY_STATUS: Record<number, ExitCode> = {
  400: EXIT.couldNotRun,
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  503: EXIT.noAnswer,
};

/** A refusal of the service. */
export function refusedByService(status: number, told: ErrorTold): CliError {
  return new CliError(told.code, told.message, BY_STATUS[status] ?? EXIT.notWell, told.details);
}
