// The list of models in Codex's own form, for requests that name its version. Without it Codex warns that it does not
// know the model.

import type { Model } from '../../domain/catalog.js';

/** Lists only the models that Codex can work with. */
export function renderCodexModels(models: Model[]) {
  return models
    .filter(({ card }) => card.kind === 'chat' && card.features.tools)
    .map(({ id, card }, priority) => ({
      slug: id,
      display_name: card.name,
      description: card.description.en,
      priority,
      context_window: card.context_length,
      input_modalities: card.inputModalities.filter(one => one === 'text' || one === 'image'),
      base_instructions: INSTRUCTIONS,
      shell_type: 'shell_command' as const,
      visibility: 'list' as const,
      supported_in_api: true,
      supported_reasoning_levels: [],
      supports_reasoning_summaries: false,
      support_verbosity: false,
      supports_parallel_tool_calls: true,
      truncation_policy: { mode: 'tokens' as const, limit: 10_000 },
      experimental_supported_tools: [],
    }));
}

const INSTRUCTIONS =
  'You are a coding agent in a terminal. Use the tools to read, change and test the code of the current folder until the task is done.';
