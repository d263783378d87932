import Instructor from '@instructor-ai/instructor';
import OpenAI from 'openai';
import { z } from 'zod';
import { apiKey, baseURL, isStreamed, modelId, QUESTION } from './common.mjs';

const client = Instructor({ client: new OpenAI({ baseURL, apiKey }), mode: 'TOOLS' });
const asked = await client.chat.completions.create({
  model: modelId,
  messages: [{ role: 'user', content: QUESTION }],
  response_model: { schema: z.object({ source: z.string() }), name: 'Source' },
  stream: isStreamed,
});
let last = asked;
if (isStreamed) for await (const part of asked) last = part;
console.log(last.source);
