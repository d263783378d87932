import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { apiKey, baseURL, isStreamed, modelId, QUESTION } from './common.mjs';

const task = {
  model: createOpenRouter({ baseURL, apiKey })(modelId),
  prompt: QUESTION,
  tools: { look: tool({ inputSchema: z.object({}), execute: async () => '42' }) },
  stopWhen: stepCountIs(9),
};
if (isStreamed) {
  for await (const part of streamText(task).fullStream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-delta') process.stdout.write(part.text);
  }
} else {
  console.log((await generateText(task)).text);
}
