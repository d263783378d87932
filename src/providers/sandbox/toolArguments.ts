// Arguments that a tool accepts: what its schema requires, so that an agent really runs the tool that is called.

import { type Fields, isRecord, listOf, recordOf, textOf } from '../../domain/unknownJson.js';

/** As JSON. `parameters`: the tool's schema. */
export function argumentsFor(parameters: unknown): string {
  return JSON.stringify(objectFor(recordOf(parameters)));
}

function objectFor({ properties, required }: Fields): Fields {
  const schemas = recordOf(properties);
  const wanted = listOf(required).map(String);
  return Object.fromEntries(wanted.map(name => [name, valueFor(recordOf(schemas[name]))]));
}

function valueFor(schema: Fields): unknown {
  if (schema.const !== undefined) return schema.const;
  const [first] = [schema.enum, schema.examples].flatMap(listOf);
  if (first !== undefined) return first;
  const [choice] = [schema.anyOf, schema.oneOf].flatMap(listOf);
  if (isRecord(choice)) return valueFor(choice);
  switch (textOf(schema.type) ?? listOf(schema.type)[0]) {
    case 'object':
      return objectFor(schema);
    case 'array':
      return [valueFor(recordOf(schema.items))];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'null':
      return null;
    default:
      return 'sandbox';
  }
}
