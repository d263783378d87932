// Values that nobody sends on purpose, and JSON with such values in some fields: the input of fuzz tests.

import type { Random } from './random.js';

/** What no column, index or JSON of the database accepts. */
const IMPOSSIBLE = ['\0', 'a\0b', '\ud800', 'b\udc00a', 'x'.repeat(70_000)];
const TEXTS = [
  '',
  ' ',
  '\u202e\ufeff',
  '😀'.repeat(50),
  '%00',
  '%ff%fe',
  "'; DROP TABLE license; --",
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'null',
  '-1',
  '9'.repeat(30),
  '1e400',
  '0x10',
  'NaN',
  'é'.repeat(300),
  'x'.repeat(3_000),
  'نقطه‌ها',
  '{"a":1}',
  'id:404',
  'sahm_live_000000000000000000000000000000000000',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'a@example.com',
  'https://[::1]:0/\0',
];
const INSTANTS = [
  '0000-01-01',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01',
  '1970-01-01T00:00:00Z',
  '2026-02-30',
  '2026-02-30T00:00:00',
  '2026-13-01T00:00:00Z',
  '2026-11-28T24:00:00Z',
  '2026-11-28T12:00:00+23:59',
  '2026-11-28T23:59:60Z',
  '2026-11-28T12:00:00.123456789Z',
  '9998-12-31T23:59:59Z',
  '9998-12-31',
  '9999-12-31',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59-23:00',
  '10000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  'infinity',
];
const NUMBERS = [
  0,
  -0,
  -1,
  1,
  0.5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  2 ** 63,
  1e21,
  1e308,
  -1e308,
  253_402_300_800,
  253_370_764_800,
  8_640_000_000_001,
  -62_167_219_200,
  100_000,
  100_001,
];

export interface OddValues {
  text(): string;
  /** A text, a number, an instant, or something of another type, sometimes nested. */
  value(): unknown;
  /** A value of the same kind as `old`, but as far from it as possible. */
  alike(old: unknown): unknown;
  /** A copy in which one to three fields are changed: replaced, left out, doubled or added. */
  changed<Value>(value: Value): Value;
  /** The value as JSON, sometimes in a form that no serializer would write. */
  json(value: unknown): string;
}

export function createOddValues(random: Random): OddValues {
  const { below } = random;
  const pick = <T>(choices: T[]) => choices[below(choices.length)] as T;

  function text(): string {
    const kind = below(6);
    if (kind < 2) return pick(IMPOSSIBLE);
    if (kind < 4) return pick(TEXTS);
    if (kind === 4) return pick(INSTANTS);
    const units = Array.from({ length: 1 + below(12) }, () => below(0x10000));
    return String.fromCharCode(...units);
  }

  function value(): unknown {
    switch (below(10)) {
      case 0:
        return null;
      case 1:
        return pick([true, false]);
      case 2:
        return pick<unknown>([[], {}, [[]], { id: text() }, [text()], { $ne: 1 }]);
      case 3:
        return nested(1 + below(300));
      case 4:
      case 5:
        return pick(NUMBERS);
      case 6:
        return pick(INSTANTS);
      default:
        return text();
    }
  }

  function nested(depth: number): unknown {
    let inner: unknown = text();
    for (let level = 0; level < depth; level++) inner = level % 2 ? [inner] : { a: inner };
    return inner;
  }

  /** Every place inside a value, as the object and the name of the field. */
  function placesIn(within: unknown): Array<[object: Record<string, unknown>, name: string]> {
    if (typeof within !== 'object' || within === null) return [];
    const object = within as Record<string, unknown>;
    return Object.keys(object).flatMap(name => [
      [object, name] as [Record<string, unknown>, string],
      ...placesIn(object[name]),
    ]);
  }

  function changeOne(root: { value: unknown }): void {
    const places = placesIn(root);
    if (places.length === 0) return;
    const [object, name] = pick(places);
    const old = object[name];
    switch (below(8)) {
      case 0:
        delete object[name];
        return;
      case 1:
        object[name] = [old, old];
        return;
      case 2:
        object[text() || 'more'] = value();
        return;
      case 3:
        // The old value with something odd in it.
        object[name] = typeof old === 'string' ? old.slice(0, below(9)) + text() + old : value();
        return;
      case 4:
        object[name] = alike(old);
        return;
      case 5:
        object[name] = text();
        return;
      case 6:
        object[name] = value();
        return;
      default:
        object[name] = alike(old);
    }
  }

  function alike(old: unknown): unknown {
    if (typeof old === 'number') return pick(NUMBERS);
    if (typeof old !== 'string') return value();
    return /^\d{4}-/.test(old) ? pick(INSTANTS) : pick(IMPOSSIBLE);
  }

  return {
    text,
    value,
    alike,
    changed<Value>(given: Value): Value {
      const root = { value: structuredClone(given) };
      for (let times = 1 + below(3); times > 0; times--) changeOne(root);
      return root.value as Value;
    },
    json(given) {
      const written = JSON.stringify(given) ?? 'null';
      if (below(20) > 0) return written;
      const at = below(written.length + 1);
      return pick([
        written.slice(0, at),
        written.slice(0, at) + text() + written.slice(at),
        `\ufeff${written}`,
        written.replace(/^\{/, '{"id":"\\ud800","id":1,'),
        '['.repeat(20_000) + ']'.repeat(20_000),
        written.replaceAll(/\d+/g, '1e999'),
      ]);
    },
  };
}

/** The seed that the environment asks for. SEED repeats a run. */
export function seedOf(env: Record<string, string | undefined>): number {
  return env.SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(env.SEED);
}
