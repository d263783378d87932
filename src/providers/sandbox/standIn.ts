import type { IncomingHttpHeaders } from 'node:http';
import type { Fields } from '../../domain/unknownJson.js';
import type { Answer } from './answer.js';
import type { Generation } from './generations.js';
import type { SandboxRequest } from './request.js';
import type { WireError } from './wireError.js';

/** How the sandbox speaks in an upstream's place. HTTP, faults and the record are the same for all. */
export interface StandIn {
  hasKey(headers: IncomingHttpHeaders): boolean;
  /** Whether the list of models needs no key. */
  showsModelsToAnybody: boolean;
  /** Reads a chat, or returns the error that the real upstream would answer. */
  readRequest(body: Fields): SandboxRequest | WireError;
  /** Headers beside the content type. */
  headersOf(answer: Answer): Record<string, string>;
  /** The status of an answer, if it is not 200. */
  status?: number;
  /** The body of a 200, with the request's fault applied. */
  bodyOf(request: SandboxRequest, answer: Answer): object;
  /** The events of a stream, each with its blank line. Comments begin with a colon. */
  eventsOf(request: SandboxRequest, answer: Answer): string[];
  /** If present, the answer is a file instead of a body or events. */
  fileOf?(request: SandboxRequest): { type: string; pieces: Uint8Array[] };
  errorBody(error: WireError): object;
  modelList(ids: string[]): object;
  /** What is said of a call afterwards, if the wire has that. */
  generationBody?(generation: Generation): object;
}

/** A stand-in for another path than that of chats. Has only what differs from the provider's stand-in. */
export type NativeStandIn = Partial<
  Pick<StandIn, 'headersOf' | 'errorBody' | 'fileOf' | 'status'>
> &
  Pick<StandIn, 'readRequest' | 'bodyOf' | 'eventsOf'>;
