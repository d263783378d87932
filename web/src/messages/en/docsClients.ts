export default {
  title: 'Programs and libraries',
  lead: 'Whatever speaks to OpenAI speaks to us. Two things change: the base URL and the key.',
  baseUrl: 'Base URL',
  key: 'API key',
  keyText: 'your license key',
  model: 'Model',
  modelText: 'Any id of the [list of models](/docs/models), with its slash.',
  openai: 'The official library. The same in every other language that has one.',
  aiSdk:
    'The package for services that speak as OpenAI does. Put the key into `LICENSE_KEY` in the environment.',
  langchain: 'The class for OpenAI, with another address. Chains, agents and tools work as usual.',
  php: 'The usual package, installed by Composer.',
  curl: 'Nothing to install: good for trying whether the key works.',
  telegram:
    'A whole bot. Get a token from BotFather, put it and your key into the environment, and start the program.',
  n8n: 'Create a credential of the kind OpenAI, and choose it in the node OpenAI Chat Model. Switch off `Use Responses API`.',
  openWebUi:
    'Admin Panel, Settings, Connections, OpenAI API: add a connection. Or start it with these variables:',
  continue: 'An assistant in VS Code and JetBrains. This goes into its file `config.yaml`:',
  aider:
    'An assistant for code on the command line. The name of the model gets `openai/` in front:',
  others: 'Any other program',
  othersText:
    'Look in its settings for "OpenAI compatible", "custom endpoint" or "base URL". Enter the two values from above. If it asks for the whole address, append `/chat/completions`.',
  failing: 'If it does not work',
  failingUrl: 'Error 404: the base URL ends with `/v1`, without a slash behind it.',
  failingKey:
    'Error 401: the key was copied with a space, or stands in the field of another provider.',
  failingModel: 'Error 403: your plan does not open this model. Choose a lighter one.',
} as const;
