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

/** Replaces the table with the same name and the tables inside it, or adds it at the end. */
export function withTable(text: string, name: string, values: Values): string {
  const kept: string[] = [];
  let place: number | undefined;
  let isReplaced = false;
  for (const line of linesOf(text)) {
    if (HEADER.test(line)) isReplaced = `${tableOf(line)}.`.startsWith(`${name}.`);
    if (isReplaced) place ??= kept.length;
    else kept.push(line);
  }
  const before = kept.slice(0, place);
  const after = kept.slice(before.length);
  return joined([
    ...before,
    ...(place === undefined && before.length > 0 ? [''] : []),
    `[${name}]`,
    ...assignments(values),
    ...(after.length > 0 ? ['', ...after] : []),
  ]);
}

/** `a.b` of `[a."b"] # of the table b`. */
function tableOf(header: string): string | undefined {
  return /^\s*\[+([^\]]*)/.exec(header)?.[1]?.replace(/["'\s]/g, '');
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
