import { listOf } from '../../domain/unknownJson.js';
import { chatCompletionsStandIn } from '../chatCompletions/standIn.js';
import { costOf } from '../chatCompletions/standInReplies.js';
import { lacksReasoning } from '../sandbox/answer.js';
import type { StandIn } from '../sandbox/standIn.js';
import { wireError } from '../sandbox/wireError.js';

export const standIn: StandIn = {
  ...chatCompletionsStandIn({
    answerIdPrefix: 'gen',
    idHeader: 'x-generation-id',
    showsModelsToAnybody: true,
    comments: [': OPENROUTER PROCESSING\n\n'],
    failsInChunks: true,
    saysUsageUnasked: true,
    saysNullUsage: false,
    saysCost: true,
    repeatsRole: true,
    refusalOf(_model, { messages }) {
      if (!lacksReasoning(listOf(messages))) return undefined;
      const raw = '{"error":{"message":"[sandbox] The reasoning behind a tool call is missing."}}';
      return { ...wireError(400, 'Provider returned error'), metadata: { raw } };
    },
    // The code is the status as a number.
    errorBody: ({ status, message, metadata }) => ({
      error: { code: status, message, ...(metadata && { metadata }) },
    }),
    modelList: ids => ({
      data: ids.map(listedModel),
      total_count: ids.length,
      links: { next: null },
    }),
  }),
  generationBody: ({ answer, share }) => {
    const said = { ...answer, completionTokens: Math.ceil(answer.completionTokens * share) };
    return {
      data: {
        id: answer.id,
        total_cost: costOf(said),
        native_tokens_prompt: said.promptTokens,
        native_tokens_completion: said.completionTokens,
        cancelled: share < 1,
      },
    };
  },
};

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
