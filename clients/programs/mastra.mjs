import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { z } from 'zod';
import { apiKey, baseURL, isStreamed, modelId, QUESTION } from './common.mjs';

const look = createTool({
  id: 'look',
  description: 'Looks.',
  inputSchema: z.object({}),
  execute: async () => '42',
});
const agent = new Agent({
  id: 'looker',
  name: 'looker',
  instructions: 'Look.',
  model: createOpenAICompatible({ name: 'sahm', baseURL, apiKey })(modelId),
  tools: { look },
});
const options = { maxSteps: 9 };
if (isStreamed) {
  for await (const part of (await agent.stream(QUESTION, options)).fullStream) {
    if (part.type === 'error') throw part.payload.error;
    if (part.type === 'text-delta') process.stdout.write(part.payload.text);
  }
} else {
  console.log((await agent.generate(QUESTION, options)).text);
}
