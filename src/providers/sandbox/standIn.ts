import type { IncomingHttpHeaders } from 'node:http';
import type { Fields } from '../fields.js';
import type { Answer } from './answer.js';
import type { SandboxRequest } from './request.js';
import type { WireError } from './wireError.js';

/** How the sandbox speaks in an upstream's place: what HTTP, its faults and its record do not know. */
export interface StandIn {
  hasKey(headers: IncomingHttpHeaders): boolean;
  /** Whether who has no key is shown the list of models. */
  showsModelsToAnybody: boolean;
  /** The chat that a body asks for, or the error that the real upstream would answer. */
  readRequest(body: Fields): SandboxRequest | WireError;
  /** Beside the type of what comes. */
  headersOf(answer: Answer): Record<string, string>;
  /** The body of a 200, or of what the request's fault makes of it. */
  bodyOf(request: SandboxRequest, answer: Answer): object;
  /** The events of a stream, each with its blank line. A comment begins with a colon. */
  eventsOf(request: SandboxRequest, answer: Answer): string[];
  errorBody(error: WireError): object;
  modelList(ids: string[]): object;
}
