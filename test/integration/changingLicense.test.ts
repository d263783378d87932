import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test('chats are answered although the plan of their license changes many times at once', async () => {
  const { id, key } = await service.issue('vip');
  const token = await service.signInAs('operator');
  const chat = () =>
    service.post('/api/chat_v3', { api_key: key, model: 'deepseek/deepseek-chat', prompt: 'hi' });
  async function change(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const body = { plan: time % 2 ? 'vip' : 'pro' };
      const changed = await service.call('PATCH', `/admin/api/licenses/${id}`, { token, body });
      expect(changed.status).toBe(200);
    }
  }
  const changing = Promise.all([change(5), change(5), change(5)]);
  const answers: Array<{ status: number }> = [];
  for (let round = 0; round < 4; round++) {
    answers.push(...(await Promise.all(Array.from({ length: 20 }, chat))));
  }
  await changing;
  expect(answers.map(answer => answer.status).filter(status => status !== 200)).toEqual([]);
});
