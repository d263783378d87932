// Tools of a request. What the client runs itself is sent; what the upstream would run costs money or needs an
// account there, and is left out: clients offer it in every request, so that a refusal would break them.

import {
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  isFields,
} from '../openai/fields.js';

/** Of the client's own tools; `input_schema` and the others are between the client and the model. */
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
/** Known to models by their type, and run by the client: `bash_20250124`. */
const RUN_BY_CLIENTS = /^(bash|text_editor|computer|memory)_\d+$/;
const SEARCHES_TOOLS = /^tool_search_/;

export function siftTools(value: unknown, field: string, ignored: Set<string>): unknown {
  if (!Array.isArray(value)) throw invalid(field, 'array of tools');
  const types = value.map(tool => (isFields(tool) ? String(tool.type) : ''));
  // Without the search a tool that is loaded later would never be found.
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
    ignored.add(`${field}.${type}`);
    return [];
  });
}

function siftTool(tool: Fields, fields: string[], field: string, ignored: Set<string>): Fields {
  const given = Object.entries(tool).filter(([, value]) => !isAbsent(value));
  for (const [name] of given) if (!fields.includes(name)) ignored.add(`${field}.${name}`);
  return Object.fromEntries(given.filter(([name]) => fields.includes(name)));
}
