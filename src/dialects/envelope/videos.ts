// Seed 004's videos. The request that begins one is answered with 202; then the client polls by the id.

import type { VideoDialect } from '../dialect.js';
import { errorOf, video, videoIdOf } from '../media/videos.js';
import { imageOf } from '../openai/content.js';
import { invalid, isAbsent, unknown } from '../openai/fields.js';
import { noStreams, parseCall } from '../openai/jsonKind.js';
import { inEnvelope, wrap } from './wrap.js';

export const envelopeVideos: VideoDialect = {
  ...inEnvelope('video'),
  openStream: () => noStreams('it'),
  renderReply: () => noStreams('it'),
  parse: (body, licenseKey) =>
    parseCall(body, licenseKey, { content: ['text'] }, fields => {
      const { prompt, duration, resolution, image_url, ...others } = fields;
      for (const field of Object.keys(others)) throw unknown(field);
      if (!isAbsent(duration) && typeof duration !== 'number') throw invalid('duration', 'integer');
      const image = isAbsent(image_url) ? null : imageOf(image_url, 'image_url');
      const names = { seconds: 'duration', size: 'resolution', image: 'image_url' };
      return video({ prompt, seconds: duration, size: resolution, image }, names);
    }),
  startStatus: 202,
  renderVideo(reply) {
    const { job, url, language } = reply;
    const { id, state, seconds, size, provider, charged } = job;
    const error = errorOf(job, language);
    return wrap(
      { ...reply, model: { provider }, charged },
      {
        id: videoIdOf(id),
        status: state,
        ...(url !== null && { video: { url, duration: seconds, resolution: size } }),
        ...(error && { error }),
      },
    );
  },
};
