import { listOf } from '../../domain/unknownJson.js';
import { modelAndFault } from './request.js';
import type { NativeStandIn } from './standIn.js';
import { wireError } from './wireError.js';

const CATEGORIES = ['harassment', 'hate', 'self-harm', 'sexual', 'violence'];

/** A text counts as harmful if it contains the name of a category. */
export const moderations: NativeStandIn = {
  readRequest(body) {
    const read = modelAndFault(body);
    if ('kind' in read) return read;
    if (body.input === undefined) return wireError(400, 'You must provide an input.', 'input');
    const inputs = typeof body.input === 'string' ? [body.input] : listOf(body.input);
    const messages = inputs.map(text => ({ role: 'user', content: JSON.stringify(text) }));
    return { ...read, stream: false, messages, body };
  },
  bodyOf({ model, messages }, { id }) {
    const results = (messages as Array<{ content: string }>).map(({ content }) => {
      const found = CATEGORIES.map(name => [name, content.includes(name)] as const);
      return {
        flagged: found.some(([, isIn]) => isIn),
        categories: Object.fromEntries(found),
        category_scores: Object.fromEntries(
          found.map(([name, isIn]) => [name, isIn ? 0.99 : 0.01]),
        ),
        category_applied_input_types: Object.fromEntries(found.map(([name]) => [name, ['text']])),
      };
    });
    return { id: `modr-${id}`, model, results };
  },
  eventsOf: () => [],
};
