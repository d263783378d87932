// Reads the caller's own tools. Tools that the upstream runs cost money or need its state. They are left out, not
// refused, because clients put them into every request.

import { textOf } from '../../domain/unknownJson.js';
import {
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  isEmptyList,
  isFields,
} from '../openai/fields.js';
import { oneOf } from '../openai/options.js';

const MOST_TOOLS = 512;
/** The fields of each kind of tool that are sent. */
const FIELDS_OF_TYPE: Partial<Record<string, readonly string[]>> = {
  function: ['name', 'description', 'parameters', 'strict'],
  custom: ['name', 'description', 'format'],
  namespace: ['name', 'description', 'tools'],
};

export function readTools(value: unknown, field: string): Fields[] {
  if (!Array.isArray(value) || value.length > MOST_TOOLS) {
    throw invalid(field, `array of at most ${MOST_TOOLS} tools`);
  }
  return value
    .map((tool, index) => readTool(tool, `${field}[${index}]`))
    .filter(tool => tool !== null);
}

function readTool(value: unknown, field: string): Fields | null {
  const tool = fieldsOf(value, field);
  const sent = fieldsSentOf(tool.type);
  if (!sent) return null;
  filledTextOf(tool.name, `${field}.name`);
  const said = sent.filter(name => !isAbsent(tool[name])).map(name => [name, tool[name]]);
  const read: Fields = { type: tool.type, ...Object.fromEntries(said) };
  if (tool.type !== 'namespace') return read;
  read.tools = readTools(tool.tools, `${field}.tools`);
  return isEmptyList(read.tools) ? null : read;
}

/** Undefined of a kind that is not sent. */
function fieldsSentOf(type: unknown): readonly string[] | undefined {
  const isSent = typeof type === 'string' && Object.hasOwn(FIELDS_OF_TYPE, type);
  return isSent ? FIELDS_OF_TYPE[type] : undefined;
}

/** The types of the tools that are not sent. */
export function typesLeftOut(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools
    .filter(isFields)
    .flatMap(({ type, tools: inside }) =>
      fieldsSentOf(type) ? typesLeftOut(inside) : [textOf(type) ?? 'untyped'],
    );
}

const BY_NAME: unknown[] = ['function', 'custom'];

/** Leaves the choice out if it names a tool that is not sent. */
export function readToolChoice(value: unknown, field: string): unknown {
  if (!isFields(value)) return oneOf('none', 'auto', 'required')(value, field);
  const { type, name, mode, tools } = value;
  if (BY_NAME.includes(type)) return { type, name: filledTextOf(name, `${field}.name`) };
  if (type !== 'allowed_tools') return 'auto';
  oneOf('auto', 'required')(mode, `${field}.mode`);
  if (!Array.isArray(tools)) throw invalid(`${field}.tools`, 'array of tools');
  const allowed = tools.filter(tool => isFields(tool) && BY_NAME.includes(tool.type));
  return allowed.length > 0 ? { type, mode, tools: allowed } : 'auto';
}
