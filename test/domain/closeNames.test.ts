import { expect, test } from '@jest/globals';
import { VARIABLES } from '../../src/config/variables.js';
import { closeNames } from '../../src/domain/closeNames.js';

test.each([
  ['OPENROUTER_KEY', 'OPENROUTER_API_KEY'],
  ['OPENAI_APIKEY', 'OPENAI_API_KEY'],
  ['OPENAI_API_KEYS', 'OPENAI_API_KEY'],
  ['QUOTA_TIMEZONE', 'QUOTA_TIME_ZONE'],
  ['CATALOG_DIRECTORY', 'CATALOG_DIR'],
  ['ADMIN_PASS', 'ADMIN_PASSWORD'],
  ['SMTP_URI', 'SMTP_URL'],
  ['STRIPE_SECRET', 'STRIPE_SECRET_KEY'],
  ['key_pepper', 'KEY_PEPPER'],
])('%s is close to %s', (name, meant) => {
  expect(closeNames([name], VARIABLES)).toEqual([{ name, meant }]);
});

test('what is set under its own name is not missed', () => {
  expect(closeNames(['OPENROUTER_KEY', 'OPENROUTER_API_KEY'], VARIABLES)).toEqual([]);
});

test('what other programs read is none of ours', () => {
  const others =
    'PATH HOME USER SHELL PWD LANG TERM HOSTNAME LOGNAME EDITOR TZ LC_ALL SSH_AUTH_SOCK NODE_OPTIONS NODE_PATH npm_config_cache npm_lifecycle_event PGHOST PGPASSWORD HTTP_PROXY HTTPS_PROXY NO_PROXY XDG_DATA_DIRS KUBERNETES_SERVICE_HOST KUBERNETES_PORT INVOCATION_ID JOURNAL_STREAM MEMORY_LIMIT POSTGRES_PASSWORD SAHM_URL SAHM_TOKEN';
  expect(closeNames(others.split(' '), VARIABLES)).toEqual([]);
});
