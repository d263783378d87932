import { OpenAI } from '@llamaindex/openai';
import { agent, agentStreamEvent } from '@llamaindex/workflow';
import { tool } from 'llamaindex';
import { z } from 'zod';
import { apiKey, baseURL, isStreamed, modelId, QUESTION } from './common.mjs';

const llm = new OpenAI({ model: modelId, apiKey, baseURL, supportToolCall: true });
const look = tool({
  name: 'look',
  description: 'Looks.',
  parameters: z.object({}),
  execute: () => '42',
});
const looker = agent({ llm, tools: [look] });
if (isStreamed) {
  for await (const event of looker.runStream(QUESTION)) {
    if (agentStreamEvent.include(event)) process.stdout.write(event.data.delta);
  }
} else {
  console.log((await looker.run(QUESTION)).data.result);
}
