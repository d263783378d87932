import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { apiKey, baseURL, isStreamed, modelId, QUESTION } from './common.mjs';

const model = new ChatOpenAI({
  model: modelId,
  apiKey,
  streaming: isStreamed,
  configuration: { baseURL },
});
const look = tool(() => '42', { name: 'look', description: 'Looks.', schema: z.object({}) });
const agent = createAgent({ model, tools: [look] });
const task = { messages: [{ role: 'user', content: QUESTION }] };
if (isStreamed) {
  for await (const [chunk] of await agent.stream(task, { streamMode: 'messages' })) {
    if (chunk.getType() === 'ai') process.stdout.write(chunk.text);
  }
} else {
  console.log((await agent.invoke(task)).messages.at(-1).text);
}
