// Media as a stream, in OpenAI's form: named events, the last of them with the counters.

import { eventOf, type NativeDialect } from '../dialect.js';
import { renderCounters, renderRefusal } from '../openai/render.js';
import { bodyForCallers } from '../usageView.js';

export const openMediaEvents: NativeDialect['openStream'] = () => ({
  piece: ({ events }) =>
    events.map(({ name, data }) => eventOf(bodyForCallers(data), name)).join(''),
  end({ events }, model, usage, charged) {
    const counters = renderCounters(usage, model.provider, charged);
    return events
      .map(({ name, data }) => eventOf({ ...bodyForCallers(data), ...counters }, name))
      .join('');
  },
  refusal: (refusal, language) =>
    eventOf({ type: 'error', ...renderRefusal(refusal, language) }, 'error'),
});
