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

test.each([
  [['SERVER_PORTS'], ['SERVER_PORT'], ['SERVER_PORT']],
  [['PORTXX'], ['PORTABC'], []],
  [['ABCDEXX'], ['ABCDEFG'], ['ABCDEFG']],
  [['ABCDXXX'], ['ABCDEFG'], []],
  // A name of six letters is too short, but for its case.
  [['SECRXT'], ['SECRET'], []],
  [['secret'], ['SECRET'], ['SECRET']],
  // Two words are the same; one may be missing or be added, on either side.
  [['MAIL_SERVER_NAME'], ['MAIL_NAME'], ['MAIL_NAME']],
  [['MAIL_NAME'], ['MAIL_SERVER_NAME'], ['MAIL_SERVER_NAME']],
  [['MAIL_SMTP_SERVER_NAME'], ['MAIL_NAME'], []],
  [['MAIL_NAME'], ['MAIL_SMTP_SERVER_NAME'], []],
  [['POST_SERVER_NAME'], ['MAIL_SERVER_NAME'], []],
  // Of two letters, both have to be there.
  [['MAIL_TO_ADDRESSES_OF'], ['MAIL_TO_ADDRESSES_IN'], ['MAIL_TO_ADDRESSES_IN']],
  [['LOGS_DB_X'], ['LOGS_DBASE_LONGER'], []],
  [['LOGS_DB_WHERE'], ['LOGS_DB_HOST'], ['LOGS_DB_HOST']],
  [['MAIL_NAMES', 'MAIL_NAME'], ['MAIL_NAME'], []],
  [['MAIL_NAME'], ['MAIL_NAME', 'MAIL_NAMES'], []],
])('%j with %j: meant was %j', (given, known, meant) => {
  expect(closeNames(given, known).map(each => each.meant)).toEqual(meant);
});

test('what is set under its own name is not missed', () => {
  expect(closeNames(['OPENROUTER_KEY', 'OPENROUTER_API_KEY'], VARIABLES)).toEqual([]);
});

test('what other programs read is none of ours', () => {
  const others =
    'PATH HOME USER SHELL PWD LANG TERM HOSTNAME LOGNAME EDITOR TZ LC_ALL SSH_AUTH_SOCK NODE_OPTIONS NODE_PATH npm_config_cache npm_lifecycle_event PGHOST PGPASSWORD HTTP_PROXY HTTPS_PROXY NO_PROXY XDG_DATA_DIRS KUBERNETES_SERVICE_HOST KUBERNETES_PORT INVOCATION_ID JOURNAL_STREAM MEMORY_LIMIT POSTGRES_PASSWORD SAHM_URL SAHM_TOKEN';
  expect(closeNames(others.split(' '), VARIABLES)).toEqual([]);
});
