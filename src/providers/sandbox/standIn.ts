import type { IncomingHttpHeaders } from 'node:http';
import type { Fields } from '../../domain/unknownJson.js';
import type { Answer } from './answer.js';
import type { Generation } from './generations.js';
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
  /** Where it is another than 200. */
  status?: number;
  /** The body of a 200, or of what the request's fault makes of it. */
  bodyOf(request: SandboxRequest, answer: Answer): object;
  /** The events of a stream, each with its blank line. A comment begins with a colon. */
  eventsOf(request: SandboxRequest, answer: Answer): string[];
  /** In place of both: the answer is a file. */
  fileOf?(request: SandboxRequest): { type: string; pieces: Uint8Array[] };
  errorBody(error: WireError): object;
  modelList(ids: string[]): object;
  /** Where the wire has it: what is told of a call afterwards. */
  generationBody?(generation: Generation): object;
}

/** At another path than chats': what differs from the provider's own. */
export type NativeStandIn = Partial<
  Pick<StandIn, 'headersOf' | 'errorBody' | 'fileOf' | 'status'>
> &
  Pick<StandIn, 'readRequest' | 'bodyOf' | 'eventsOf'>;
