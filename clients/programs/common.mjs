// What every program here is given, and how it says what went wrong.

const { SAHM_URL, SAHM_KEY, SAHM_MODEL } = process.env;

export const baseURL = `${SAHM_URL}/v1`;
export const apiKey = SAHM_KEY;
export const modelId = SAHM_MODEL;
export const isStreamed = process.argv[2] === 'streamed';
export const QUESTION = 'سلام';

process.on('uncaughtException', error => {
  console.error(error?.message ?? error);
  process.exit(1);
});
