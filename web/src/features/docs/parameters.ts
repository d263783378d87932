// The usual parameters of OpenAI's form.

import { useTexts } from '../../messages/useTexts.js';
import type { ModelCard } from './modelCard.js';

const MEANINGS = {
  temperature: 'paramTemperature',
  top_p: 'paramTopP',
  max_completion_tokens: 'paramMax',
  frequency_penalty: 'paramFrequency',
  presence_penalty: 'paramPresence',
  stop: 'paramStop',
  seed: 'paramSeed',
  stream: 'paramStream',
  response_format: 'paramFormat',
  tools: 'paramTools',
  reasoning_effort: 'paramReasoning',
} as const;
type ParameterName = keyof typeof MEANINGS;

interface Parameter {
  name: ParameterName;
  type: string;
  /** Null if each model has its own default. */
  byDefault: string | null;
}

/** The parameters that this model supports. */
export function parametersOf({ features }: ModelCard): Parameter[] {
  return [
    { name: 'temperature', type: '0 – 2', byDefault: '1' },
    { name: 'top_p', type: '0 – 1', byDefault: '1' },
    { name: 'max_completion_tokens', type: 'integer', byDefault: null },
    { name: 'frequency_penalty', type: '-2 – 2', byDefault: '0' },
    { name: 'presence_penalty', type: '-2 – 2', byDefault: '0' },
    { name: 'stop', type: 'string | string[]', byDefault: 'null' },
    { name: 'seed', type: 'integer', byDefault: 'null' },
    ...(features.streaming
      ? [{ name: 'stream', type: 'boolean', byDefault: 'false' } as const]
      : []),
    ...(features.jsonMode
      ? [{ name: 'response_format', type: 'object', byDefault: '{"type": "text"}' } as const]
      : []),
    ...(features.tools ? [{ name: 'tools', type: 'array', byDefault: '[]' } as const] : []),
    { name: 'reasoning_effort', type: 'string', byDefault: null },
  ];
}

export function useParameters(): (name: ParameterName) => string {
  const t = useTexts('docs');
  return name => t(MEANINGS[name]);
}
