// The tools of a request. Tools that the client runs are sent. Those that the upstream would run cost money or need an
// account there. They are left out, not refused, because clients offer them in every request.

import { recordOf, textOf } from '../../domain/unknownJson.js';
import { type Fields, fieldsOf, filledTextOf, invalid, isAbsent } from '../openai/fields.js';

/** The fields of a client's own tool that are sent. */
const FIELDS = [
  'type',
  'name',
  'description',
  'input_schema',
  'cache_control',
  'strict',
  'defer_loading',
  'eager_input_streaming',
  'input_examples',
];
/** Tools that models know by their type and that the client runs, such as `bash_20250124`. */
const RUN_BY_CLIENTS = /^(bash|text_editor|computer|memory)_\d+$/;
const SEARCHES_TOOLS = /^tool_search_/;

export function siftTools(value: unknown, field: string, ignored: Set<string>): unknown {
  if (!Array.isArray(value)) throw invalid(field, 'array of tools');
  const types = value.map(tool => textOf(recordOf(tool).type) ?? '');
  // Without the search tool, a model would never find tools whose loading is deferred.
  const isSearchLeftOut = types.some(type => SEARCHES_TOOLS.test(type));
  const fields = isSearchLeftOut ? FIELDS.filter(name => name !== 'defer_loading') : FIELDS;
  return value.flatMap((tool, index) => {
    const given = fieldsOf(tool, `${field}[${index}]`);
    const { type } = given;
    if (isAbsent(type) || type === 'custom') {
      filledTextOf(given.name, `${field}[${index}].name`);
      return siftTool(given, fields, field, ignored);
    }
    if (typeof type === 'string' && RUN_BY_CLIENTS.test(type)) return given;
    ignored.add(`${field}.${textOf(type) ?? 'untyped'}`);
    return [];
  });
}

function siftTool(tool: Fields, fields: string[], field: string, ignored: Set<string>): Fields {
  const given = Object.entries(tool).filter(([, value]) => !isAbsent(value));
  for (const [name] of given) if (!fields.includes(name)) ignored.add(`${field}.${name}`);
  return Object.fromEntries(given.filter(([name]) => fields.includes(name)));
}
