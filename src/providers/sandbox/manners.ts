import type { PerProvider } from '../../domain/provider.js';

/** What an upstream does in a way of its own, and its stand-in likewise. */
interface Manners {
  basePath: string;
  answerIdPrefix: string;
  /** The header that says an answer's id. */
  idHeader: string;
  /** Whether who has no key is shown the list of models. */
  showsModelsToAnybody: boolean;
  /** Sent in a stream at any time to keep the connection alive; they mean nothing. */
  comments: string[];
  /** An error in a stream is a chunk with an error, and not the error alone. */
  failsInChunks: boolean;
  /** A stream says its usage without being asked. */
  saysUsageUnasked: boolean;
  /** Where the last chunk is asked to carry the usage, every other one says `usage: null`. */
  saysNullUsage: boolean;
  /** Usage says what it cost. */
  saysCost: boolean;
  /** Reasoning models refuse options that others take. */
  reasoningIsStrict: boolean;
}

export const MANNERS: PerProvider<Manners> = {
  openrouter: {
    basePath: '/openrouter/api/v1',
    answerIdPrefix: 'gen',
    idHeader: 'x-generation-id',
    showsModelsToAnybody: true,
    comments: [': OPENROUTER PROCESSING\n\n'],
    failsInChunks: true,
    saysUsageUnasked: true,
    saysNullUsage: false,
    saysCost: true,
    reasoningIsStrict: false,
  },
  openai: {
    basePath: '/openai/v1',
    answerIdPrefix: 'chatcmpl',
    idHeader: 'x-request-id',
    showsModelsToAnybody: false,
    comments: [],
    failsInChunks: false,
    saysUsageUnasked: false,
    saysNullUsage: true,
    saysCost: false,
    reasoningIsStrict: true,
  },
};
