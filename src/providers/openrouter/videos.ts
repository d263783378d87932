// Videos are jobs whose state is polled. We build a job's address from its id and ignore the address that the upstream
// gives: that could lead anywhere, and our key is sent there.

import { failed } from '../../domain/chat.js';
import { costIn } from '../../domain/tokens.js';
import { isFilled, isPresent, recordOf, textOf } from '../../domain/unknownJson.js';
import type { VideosWire } from '../port.js';

const path = (id: string) => `/videos/${encodeURIComponent(id)}`;

export const videos: VideosWire = {
  reportPath: path,
  filePath: id => `${path(id)}/content?index=0`,
  read(body) {
    const { status, progress, usage, error } = recordOf(body);
    switch (status) {
      case 'pending':
        return { kind: 'video', state: 'queued', progress: null };
      case 'in_progress':
        return { kind: 'video', state: 'in_progress', progress: percentOf(progress) };
      case 'completed':
        return { kind: 'video', state: 'completed', ...costOf(usage) };
      case 'failed':
      case 'cancelled':
      case 'expired':
        return { kind: 'video', state: 'failed', reason: status, words: wordsOf(error) };
      default:
        return isPresent(error) ? failed('error_in_200') : failed('malformed');
    }
  },
};

function percentOf(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= 100 ? Math.floor(value) : null;
}

function costOf(usage: unknown): { costMicrousd: number | null } {
  return { costMicrousd: costIn(recordOf(usage)).costMicrousd };
}

/** `error` is a text, or an object with a message. */
function wordsOf(error: unknown): string | undefined {
  if (isFilled(error)) return textOf(error);
  return textOf(recordOf(error).message);
}
