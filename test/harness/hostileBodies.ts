// Bodies of chats that are made to keep a server busy, each as large as is allowed.

const MOST_BYTES = 20 * 1024 * 1024;

/** `open`, then as many of `unit` as fit, then `close`. */
function filled(open: string, unit: string, close: string, most = MOST_BYTES): Buffer {
  const room = most - Buffer.byteLength(open) - Buffer.byteLength(close);
  const bytes = Buffer.from(unit);
  const middle = Buffer.alloc(Math.floor(room / bytes.length) * bytes.length, bytes);
  return Buffer.concat([Buffer.from(open), middle, Buffer.from(close)]);
}

function joined(open: string, parts: string[], close: string): Buffer {
  return Buffer.from(`${open}${parts.join(',')}${close}`);
}

const many = <Part>(count: number, part: (index: number) => Part) =>
  Array.from({ length: count }, (_, index) => part(index));

/** Keyed by what they are made of. `open` begins a chat whose field `where` is not closed yet. */
export function hostileBodies(model: string, key: string): Record<string, Buffer> {
  const head = `{"api_key":"${key}","model":"${model}","prompt":"x",`;
  const prompt = `{"api_key":"${key}","model":"${model}","prompt":"`;
  const openAi = `{"model":"${model}","messages":[{"role":"user","content":"`;
  const parameters = `{"model":"${model}","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":`;
  const parts = `{"model":"${model}","messages":[{"role":"user","content":[`;
  const part = (text: string) => `{"type":"text","text":"${text}"}`;
  const message = (text: string) => `{"role":"user","content":"${text}"}`;
  const messages = `{"model":"${model}","messages":[`;
  const invalid = filled(`${openAi}`, 'x', '"}]}');
  invalid[invalid.length - 6] = 0xff;
  return {
    'deep lists': filled(`${head}"a":`, '[', ''),
    'deep objects': filled(`${head}"a":`, '{"a":', ''),
    'small objects': filled(`${head}"a":[`, '{},', '{}]}'),
    'small lists': filled(`${head}"a":[`, '[],', '[]]}'),
    'small texts': filled(`${head}"a":[`, '"",', '""]}'),
    'small numbers': filled(`${head}"a":[`, '1,', '1]}'),
    'long numbers': filled(`${head}"a":[`, `${'7'.repeat(900)}e-400,`, '1]}'),
    'one number': filled(`${head}"a":`, '7', '}'),
    'one name many times': filled(`${head}"a":{`, '"k":1,', '"k":1}}'),
    'white space': filled(head, ' ', '"a":1}'),
    'no JSON': filled(prompt, '"x', ''),
    'a text of quotes': filled(prompt, '\\"', '"}'),
    'a text of backslashes': filled(prompt, '\\\\', '"}'),
    'a text of NUL': filled(prompt, '\\u0000', '"}'),
    'a text of lone surrogates': filled(openAi, '\\ud83d', '"}]}'),
    'a text of escapes': filled(openAi, '\\u0633', '"}]}'),
    'a text of ASCII': filled(openAi, 'words ', '"}]}'),
    'a text of Persian': filled(openAi, 'سلام ', '"}]}'),
    'a text of emoji': filled(prompt, '😀', '"}'),
    'a text of white space': filled(prompt, ' ', '"}'),
    'a text that is no UTF-8': invalid,
    'a data URL that is no base64': filled(`${head}"image_url":"data:image/png;base64,`, '*', '"}'),
    'an image': filled(`${head}"image_url":"data:image/png;base64,iVBORw0KGgoA`, 'QUJD', '"}'),
    'long texts, many': joined(
      messages,
      many(620, () => message('س'.repeat(16_384))),
      ']}',
    ),
    'texts that are just not long': joined(
      messages,
      many(370, () => message('س\\n\\"'.repeat(2_700))),
      ']}',
    ),
    'texts of escapes, not long': joined(
      messages,
      many(380, () => message('\\u0633'.repeat(2_700))),
      ']}',
    ),
    'parts, many': joined(
      parts,
      many(999, () => part('س'.repeat(3_000))),
      ']}]}',
    ),
    'names, many': joined(
      `${parameters}{`,
      many(26_000, at => `"نام${at}":"مقدار${at}"`),
      '}}}]}',
    ),
    'objects of names of their own': joined(
      `${parameters}[`,
      many(2_000, at => `{${many(19, of => `"k${at}_${of}":1`).join()}}`),
      ']}}]}',
    ),
    'nested names of their own': joined(
      `${parameters}[`,
      many(310, at => `${many(85, of => `{"k${at}_${of}":`).join('')}1${'}'.repeat(85)}`),
      ']}}]}',
    ),
    'numbers, many': joined(
      `${parameters}[`,
      many(319_000, at => String(at / 7).slice(0, 6)),
      ']}}]}',
    ),
    'numbers of 17 digits': joined(
      `${parameters}[`,
      many(122_000, at =>
        String(at / 7 + 1)
          .padEnd(17, '7')
          .slice(0, 17),
      ),
      ']}}]}',
    ),
    'texts, many': joined(
      `${parameters}[`,
      many(79_000, at => `"t${at}"`),
      ']}}]}',
    ),
    'long numbers, many': joined(
      `${parameters}[`,
      many(5_700, () => `${'7'.repeat(900)}e-400`),
      ']}}]}',
    ),
    'numbers of many digits': joined(
      `${parameters}[`,
      many(90_000, at => `1.${at}${'123456789'.repeat(5)}e-200`),
      ']}}]}',
    ),
    biases: joined(
      `{"model":"${model}","messages":[{"role":"user","content":"x"}],"logit_bias":{`,
      many(39_000, at => `"${at * 7919}":1`),
      '}}',
    ),
  };
}
