// The types of the client in Python, as a tool reads them that checks types.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { findProgram } from '../harness/program.js';
import { testWhere } from '../harness/testWhere.js';
import { run } from './packed.js';

const PROGRAM = `
from typing import Optional
from sahm import ApiError, Sahm

client = Sahm("key", base_url="http://localhost")
answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])
text: Optional[str] = answer.data.choices[0].message.content
stream = client.chat.completions.create(
    model="m", messages=[answer.data.choices[0].message], stream=True
)
for chunk in stream:
    left: Optional[int] = chunk.quota.remaining if chunk.quota else None
reply: str = client.chat_v3(model="m", prompt="p").data.reply
url: str = client.images.create(model="m", prompt="p", n=1).data.images[0].url
try:
    client.license.usage(group="day", options={"timeout_seconds": 3})
except ApiError as error:
    code: Optional[str] = error.code
`;
/** Each is a fault, on a line of its own. */
const FAULTS = [
  'client.chat_v3(model="m")',
  'client.license.get(options={"timeout": 3})',
  'number: int = answer.data.id',
  'answer.data.chosen',
];

const testPython = testWhere(findProgram('python3') !== undefined, 'python3');

testPython(
  'has no fault, gives programs their types, and finds what is wrong in them',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sahm-python-'));
    try {
      const program = join(folder, 'program.py');
      await writeFile(program, PROGRAM + FAULTS.join('\n'));
      const pyright = ['node_modules/pyright/index.js', '--outputjson', '--pythonversion', '3.9'];
      const env = { PYTHONPATH: join(process.cwd(), 'sdk/python') };
      const checking = run(process.execPath, [...pyright, 'sdk/python/sahm', program], env);
      // It ends with 1 where it finds something.
      const { stdout } = await checking.catch(failed => failed);
      const { generalDiagnostics } = JSON.parse(stdout) as {
        generalDiagnostics: {
          file: string;
          severity: string;
          range: { start: { line: number } };
        }[];
      };
      const errors = generalDiagnostics.filter(({ severity }) => severity === 'error');
      const first = PROGRAM.split('\n').length - 1;
      expect(errors.map(({ file, range }) => [file, range.start.line])).toEqual(
        FAULTS.map((_, index) => [program, first + index]),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
