// Changes a TOML text line by line, so that everything else stays, also comments.

type Values = Record<string, string | Record<string, string>>;

const HEADER = /^\s*\[/;

/** Sets keys before the first table. */
export function withTopKeys(text: string, values: Values): string {
  const lines = linesOf(text);
  const end = lines.findIndex(line => HEADER.test(line));
  const top = end === -1 ? lines : lines.slice(0, end);
  const isOurs = (line: string) => Object.keys(values).some(key => keyOf(line) === key);
  const kept = top.filter(line => !isOurs(line));
  return joined([...assignments(values), ...kept, ...(end === -1 ? [] : lines.slice(end))]);
}

/** Replaces the table with the same name, or adds it at the end. */
export function withTable(text: string, name: string, values: Values): string {
  const lines = linesOf(text);
  const from = lines.findIndex(line => line.trim() === `[${name}]`);
  const table = [`[${name}]`, ...assignments(values)];
  if (from === -1) return joined([...lines, ...(lines.length > 0 ? [''] : []), ...table]);
  const length = lines.slice(from + 1).findIndex(line => HEADER.test(line));
  const rest = length === -1 ? [] : ['', ...lines.slice(from + 1 + length)];
  return joined([...lines.slice(0, from), ...table, ...rest]);
}

function linesOf(text: string): string[] {
  return text.trimEnd() === '' ? [] : text.trimEnd().split('\n');
}

function joined(lines: string[]): string {
  return `${lines.join('\n')}\n`;
}

function keyOf(line: string): string | undefined {
  return /^\s*([\w-]+)\s*=/.exec(line)?.[1];
}

function assignments(values: Values): string[] {
  return Object.entries(values).map(([key, value]) => `${key} = ${written(value)}`);
}

/** A JSON string is also a TOML string. */
function written(value: string | Record<string, string>): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const pairs = Object.entries(value).map(
    ([key, one]) => `${JSON.stringify(key)} = ${written(one)}`,
  );
  return `{ ${pairs.join(', ')} }`;
}
