// The gateway of a provider without an API key, if the sandbox is off.

import type { UpstreamFailure } from '../domain/chat.js';
import type { ChatGateway } from './gateway.js';

const OFF: UpstreamFailure = {
  kind: 'failure',
  code: 'upstream_unavailable',
  reason: 'provider_off',
  retryAfterSeconds: 60,
};

export function createOffGateway(): ChatGateway {
  return {
    isOff: true,
    tellsAfterwards: false,
    complete: async () => OFF,
    stream: async () => OFF,
    readVideo: async () => OFF,
    fetchVideo: async () => OFF,
    listModels: async () => OFF,
    openBreakers: () => 0,
    close: async () => {},
  };
}
