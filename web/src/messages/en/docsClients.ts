export default {
  title: 'Programs and libraries',
  lead: 'Whatever works with OpenAI works with us. Two things change: the base URL and the key.',
  baseUrl: 'Base URL',
  key: 'API key',
  keyText: 'your license key',
  model: 'Model',
  modelText: 'Any id of the [list of models](/docs/models), with its slash.',
  openai: 'The official library. The same in every other language that has one.',
  aiSdk:
    'The package for services that are compatible with OpenAI. Put the key into `LICENSE_KEY` in the environment.',
  langchain: 'The class for OpenAI, with another address. Chains, agents and tools work as usual.',
  php: 'The usual package, installed by Composer.',
  curl: 'Nothing to install: good for checking that the key works.',
  telegram:
    'A whole bot. Get a token from BotFather, put it and your key into the environment, and start the program.',
  n8n: 'Create a credential of the type OpenAI, and choose it in the node OpenAI Chat Model. Switch off `Use Responses API`.',
  openWebUi:
    'Admin Panel, Settings, Connections, OpenAI API: add a connection. Or start it with these variables:',
  continue: 'A coding assistant in VS Code and JetBrains. This goes into its file `config.yaml`:',
  aider: 'A coding assistant on the command line. Put `openai/` before the name of the model:',
  others: 'Any other program',
  othersText:
    'Look in its settings for "OpenAI compatible", "custom endpoint" or "base URL". Enter the two values from above. If it asks for the whole address, append `/chat/completions`.',
  failing: 'If it does not work',
  failingUrl: 'Error 404: the base URL ends with `/v1`, without a slash after it.',
  failingKey: 'Error 401: the key was copied with a space, or was entered for another provider.',
  failingModel:
    'Error 403: your plan does not have this model. Choose another model or a higher plan.',
} as const;
