import { chatCompletionsStandIn } from '../chatCompletions/standIn.js';

export const standIn = chatCompletionsStandIn({
  answerIdPrefix: 'gen',
  idHeader: 'x-generation-id',
  showsModelsToAnybody: true,
  comments: [': OPENROUTER PROCESSING\n\n'],
  failsInChunks: true,
  saysUsageUnasked: true,
  saysNullUsage: false,
  saysCost: true,
  refusalOf: () => undefined,
  // The code is the status as a number.
  errorBody: ({ status, message, metadata }) => ({
    error: { code: status, message, ...(metadata && { metadata }) },
  }),
  modelList: ids => ({
    data: ids.map(listedModel),
    total_count: ids.length,
    links: { next: null },
  }),
});

function listedModel(id: string): object {
  const modalities = ['text', 'image', 'file', 'audio', 'video'];
  return {
    id,
    canonical_slug: id,
    name: `[sandbox] ${id}`,
    created: 0,
    description: 'Answered by the sandbox.',
    context_length: 128_000,
    architecture: {
      modality: `${modalities.join('+')}->text`,
      input_modalities: modalities,
      output_modalities: ['text'],
      tokenizer: 'Other',
      instruct_type: null,
    },
    pricing: { prompt: '0.00000015', completion: '0.0000006' },
    top_provider: {
      context_length: 128_000,
      max_completion_tokens: 16_384,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: ['max_completion_tokens', 'temperature', 'top_p', 'tools'],
    expiration_date: null,
  };
}
