import { expect, test } from '@jest/globals';
import type { Asked, Client } from '../../src/cli/client.js';
import type { Field } from '../../src/cli/fields.js';
import { readOperations } from '../../src/cli/operations.js';
import { askBefore } from '../../src/cli/question.js';

const field = (name: string): Field => ({
  name,
  option: name,
  kind: 'flag',
  placeholder: name,
  choices: [],
  help: '',
  isRequired: false,
  isNullable: false,
  needs: [],
});
const [change] = readOperations().filter(({ route }) => route === 'PATCH /licenses/{id}');
if (!change) throw new Error('no route changes licenses');
const operation = { ...change, body: [field('plan'), field('rehearse'), field('confirm')] };
const asked: Asked = { method: 'PATCH', path: '/licenses/1', body: { plan: 'basic' } };

const answering = (isSure: boolean) => ({ isSure: () => isSure, timeZone: 'UTC' });

/** A service whose rehearsal says this. */
function serviceThatSays(consequences: string[]) {
  const heard: Asked[] = [];
  const client: Client = {
    async ask(question) {
      heard.push(question);
      return { consequences: consequences.map(message => ({ code: 'x', message })) };
    },
    withToken: () => client,
    download: async () => {},
  };
  return { client, heard };
}

test('a change that takes something from a paying customer is rehearsed, and not made without a question', async () => {
  const { client, heard } = serviceThatSays(['VIP is paid for until 2027-01-01.']);
  await expect(askBefore({ operation, asked }, client, answering(false))).rejects.toMatchObject({
    told: { code: 'not_confirmed', message: expect.stringContaining('VIP is paid for') },
  });
  expect(heard).toEqual([{ ...asked, body: { plan: 'basic', rehearse: true } }]);
});

test('a change that takes nothing is made without a question', async () => {
  const { client } = serviceThatSays([]);
  expect(await askBefore({ operation, asked }, client, answering(false))).toEqual(asked);
});

test('a yes is sent to the service as confirmation too', async () => {
  const { client, heard } = serviceThatSays(['VIP is paid for until 2027-01-01.']);
  const confirmed = { ...asked, body: { plan: 'basic', confirm: true } };
  expect(await askBefore({ operation, asked }, client, answering(true))).toEqual(confirmed);
  expect(heard).toEqual([]);
});

test('a rehearsal asks nothing', async () => {
  const { client, heard } = serviceThatSays(['VIP is paid for until 2027-01-01.']);
  const rehearsal = { ...asked, body: { plan: 'basic', rehearse: true } };
  expect(await askBefore({ operation, asked: rehearsal }, client, answering(false))).toEqual(
    rehearsal,
  );
  expect(heard).toEqual([]);
});
