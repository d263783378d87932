// The clients that are tried, each in a version of its own.

export type Way = 'whole' | 'streamed';

export interface TriedClient {
  /** The first is the client; the others are what it is used with. */
  packages: Record<string, string>;
  /** The oldest Node that it runs on. */
  node: number;
  /** `fault/turns-3`: the sandbox calls a tool three times, and wants the reasoning behind each call back. */
  model: string;
  ways: Way[];
  /** What its output must have after the task. */
  says: RegExp;
  /** The requests of one task. */
  requests: number;
  /** The most requests that it sends if the quota is used up. */
  attempts: number;
  /** What its output must have then. */
  complains: RegExp;
  /**
   * How a program for a terminal is started, in the folder where it is installed. `sahm connect` writes its
   * configuration before. Absent for a library, which the program of its name in clients/programs uses.
   */
  command?: string[];
}

/** Install scripts do not run, so a program is started where its package has it. */
const NODE = process.execPath;

const TASK = {
  model: 'fault/turns-3',
  says: /^\[sandbox\] You said: /,
  requests: 4,
  attempts: 1,
  complains: /quota is used up/,
};
const BOTH: Way[] = ['whole', 'streamed'];
const STREAMED: Way[] = ['streamed'];
const QUESTION = 'Say hello.';
const ZOD = { zod: '4.6.7' };
/** The AI SDK retries every 429, even if the answer says that retrying does not help. */
const AI_SDK_ATTEMPTS = 3;

export const CLIENTS: Record<string, TriedClient> = {
  openrouter: {
    ...TASK,
    packages: { '@openrouter/ai-sdk-provider': '3.1.0', ai: '7.0.173', ...ZOD },
    node: 22,
    ways: BOTH,
    attempts: AI_SDK_ATTEMPTS,
  },
  langchain: {
    ...TASK,
    packages: {
      langchain: '1.5.14',
      '@langchain/openai': '1.6.0',
      '@langchain/core': '1.4.0',
      '@langchain/langgraph': '1.7.3',
      ...ZOD,
    },
    node: 22,
    ways: BOTH,
  },
  llamaindex: {
    ...TASK,
    packages: {
      llamaindex: '0.12.1',
      '@llamaindex/openai': '0.4.22',
      '@llamaindex/workflow': '1.1.24',
      zod: '3.25.76',
    },
    node: 20,
    ways: BOTH,
  },
  mastra: {
    ...TASK,
    packages: { '@mastra/core': '1.71.0', '@ai-sdk/openai-compatible': '3.0.92', ...ZOD },
    node: 22,
    ways: BOTH,
  },
  instructor: {
    ...TASK,
    packages: { '@instructor-ai/instructor': '1.7.0', openai: '6.49.0', zod: '3.25.76' },
    node: 20,
    // It asks for one object, as the arguments of a tool.
    model: 'fault/tools',
    ways: BOTH,
    says: /^sandbox$/,
    requests: 1,
  },
  promptfoo: {
    ...TASK,
    packages: { promptfoo: '0.123.1' },
    node: 22,
    // It compares answers to one question.
    model: 'qwen/qwen-2.5-7b-instruct',
    ways: ['whole'],
    requests: 1,
    complains: /quota_exhausted/,
  },
  codex: {
    ...TASK,
    packages: { '@openai/codex': '0.171.0' },
    node: 20,
    ways: STREAMED,
    complains: /Quota exceeded/,
    command: [
      NODE,
      'node_modules/@openai/codex/bin/codex.js',
      'exec',
      '--skip-git-repo-check',
      QUESTION,
    ],
  },
  claude: {
    ...TASK,
    packages: { '@anthropic-ai/claude-code': '2.1.332' },
    node: 20,
    ways: STREAMED,
    command: [
      NODE,
      'node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs',
      '--tools',
      'Bash',
      '--allowedTools',
      'Bash',
      '-p',
      QUESTION,
    ],
  },
  opencode: {
    ...TASK,
    packages: { 'opencode-ai': '1.18.33' },
    node: 20,
    ways: STREAMED,
    // One more for the title.
    requests: 5,
    attempts: 9,
    command: [
      `node_modules/opencode-${process.platform}-${process.arch}/bin/opencode`,
      'run',
      QUESTION,
    ],
  },
  cline: {
    ...TASK,
    packages: { cline: '3.0.65' },
    node: 20,
    ways: STREAMED,
    attempts: 7,
    command: [NODE, 'node_modules/cline/bin/cline', QUESTION],
  },
};
