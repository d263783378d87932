import { expect, test } from '@jest/globals';
import { nearestPath, withSingleSlashes } from '../../src/domain/nearestPath.js';

const KNOWN = ['/v1/chat/completions', '/v1/models', '/api/chat_v3', '/api/license'];

test.each([
  ['/chat/completions', '/v1/chat/completions'],
  ['/v1/v1/chat/completions', '/v1/chat/completions'],
  ['/openai/v1/chat/completions/', '/v1/chat/completions'],
  ['/openai/deployments/gpt-5.2/chat/completions', '/v1/chat/completions'],
  ['//V1//Chat/Completions', '/v1/chat/completions'],
  ['/v1/chat/completion', '/v1/chat/completions'],
  ['/models', '/v1/models'],
  ['/v1/model', '/v1/models'],
  ['/chat_v3', '/api/chat_v3'],
  ['/api/chatv3', '/api/chat_v3'],
  ['/api/licence', '/api/license'],
])('%s means %s', (path, meant) => {
  expect(nearestPath(path, KNOWN)).toBe(meant);
});

test.each(['/', '', '/v1', '/index.html', '/wp-login.php', '/.env', 'x'.repeat(100_000)])(
  'nothing of ours is meant by %s',
  path => {
    expect(nearestPath(path, KNOWN)).toBeNull();
  },
);

test('slashes that came twice count once', () => {
  expect(withSingleSlashes('//v1///chat/completions')).toBe('/v1/chat/completions');
});
