import { performance } from 'node:perf_hooks';
import type { Metrics } from '../metrics.js';
import type { ChatProvider } from '../providers/port.js';

/** A provider whose calls are timed. */
export function measured(
  name: string,
  provider: ChatProvider,
  metrics: Pick<Metrics, 'upstream'>,
): ChatProvider {
  return {
    ...provider,
    async complete(call, signal) {
      const begunMs = performance.now();
      const end = (outcome: 'answer' | 'failure' | 'aborted') =>
        metrics.upstream(name, outcome, (performance.now() - begunMs) / 1000);
      try {
        const answer = await provider.complete(call, signal);
        end(answer.kind === 'failure' ? 'failure' : 'answer');
        return answer;
      } catch (error) {
        end('aborted');
        throw error;
      }
    },
  };
}
