import promptfoo from 'promptfoo';
import { apiKey, baseURL, modelId, QUESTION } from './common.mjs';

const config = { apiBaseUrl: baseURL, apiKey };
const { results } = await promptfoo.evaluate(
  {
    prompts: [QUESTION],
    providers: [{ id: `openai:chat:${modelId}`, config }],
    tests: [{ assert: [{ type: 'contains', value: QUESTION }] }],
  },
  { cache: false, showProgressBar: false },
);
const [{ success, error, response }] = results;
if (!success) throw new Error(error);
console.log(response.output);
process.exit(0);
