import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, jest, test } from '@jest/globals';
import { groupCommit, OverloadedError } from '../../src/store/ledger/groupCommit.js';

afterEach(() => {
  jest.useRealTimers();
});

/** A commit that waits until the test lets it go, and shows which batches it was given. */
function heldCommit() {
  const batches: number[][] = [];
  const ends: Array<{ resolve(results: string[]): void; reject(error: Error): void }> = [];
  return {
    batches,
    ends,
    commit(items: number[]): Promise<string[]> {
      batches.push(items);
      return new Promise((resolve, reject) => {
        ends.push({ resolve, reject });
      });
    },
  };
}

function answersOf(items: number[] = []): string[] {
  return items.map(item => `answer ${item}`);
}

/** Lets everything that is ready run, and what the event loop has next. */
async function settleDown(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}

test('items that arrive together go together, in order, and each caller gets its own answer', async () => {
  const batches: number[][] = [];
  const act = groupCommit(async (items: number[]) => {
    batches.push(items);
    return answersOf(items);
  });
  expect(await Promise.all([1, 2, 3].map(act))).toEqual(['answer 1', 'answer 2', 'answer 3']);
  expect(batches).toEqual([[1, 2, 3]]);
});

test('items that wait while a batch is under way go together in the next one', async () => {
  const { batches, ends, commit } = heldCommit();
  const act = groupCommit(commit);
  const answers = [act(1)];
  await settleDown();
  answers.push(act(2), act(3));
  await settleDown();
  expect(batches).toEqual([[1]]);
  ends[0]?.resolve(answersOf(batches[0]));
  await settleDown();
  expect(batches).toEqual([[1], [2, 3]]);
  ends[1]?.resolve(answersOf(batches[1]));
  expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3']);
});

test('after a batch of several, those that come during the rest go together; callers one after another never rest', async () => {
  const batches: number[][] = [];
  const ends: Array<() => void> = [];
  const rest = () => new Promise<void>(resolve => void ends.push(resolve));
  const commit = async (items: number[]) => {
    batches.push(items);
    return answersOf(items);
  };
  const act = groupCommit(commit, { rest });
  await act(1);
  await act(2);
  expect(ends).toHaveLength(0);
  await Promise.all([act(3), act(4)]);
  const answers = [act(5)];
  await settleDown();
  answers.push(act(6));
  await settleDown();
  expect(batches).toEqual([[1], [2], [3, 4]]);
  ends[0]?.();
  await Promise.all(answers);
  expect(batches.slice(3)).toEqual([[5, 6]]);
});

test('callers of one turn of the event loop go together, also if a commit answers at once', async () => {
  const batches: number[][] = [];
  const act = groupCommit(async (items: number[]) => {
    batches.push(items);
    return answersOf(items);
  });
  // As connections do that have each received a request: microtasks run between them.
  const answers = [1, 2, 3].map(
    item => new Promise(resolve => setImmediate(() => act(item).then(resolve))),
  );
  expect(await Promise.all(answers)).toEqual(answersOf([1, 2, 3]));
  expect(batches).toEqual([[1, 2, 3]]);
});

test('a batch has a greatest size, and batches go one after another in the order of arrival', async () => {
  const batches: number[][] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  const act = groupCommit(
    async (items: number[]) => {
      batches.push(items);
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      await settleDown();
      underWay--;
      return answersOf(items);
    },
    { most: 2 },
  );
  const answers = await Promise.all([1, 2, 3, 4, 5].map(act));
  expect(answers).toEqual(answersOf([1, 2, 3, 4, 5]));
  expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  expect(mostUnderWay).toBe(1);
});

test.each([
  ['rejects', () => Promise.reject(new Error('the database is gone'))],
  [
    'throws before it gives a promise',
    () => {
      throw new Error('the database is gone');
    },
  ],
])('when a commit %s, everybody of its batch fails and nobody else', async (_how, fail) => {
  const act = groupCommit(
    (items: number[]) => (items.includes(3) ? fail() : Promise.resolve(answersOf(items))),
    { most: 2 },
  );
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(act));
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  expect(outcomes[3]).toEqual({
    status: 'rejected',
    reason: new Error('the database is gone'),
  });
});

test('after a failed commit the next caller is served', async () => {
  let attempts = 0;
  const act = groupCommit(async (items: number[]) => {
    if (attempts++ === 0) throw new Error('the database is gone');
    return answersOf(items);
  });
  await expect(act(1)).rejects.toThrow('the database is gone');
  expect(await act(2)).toBe('answer 2');
});

test('a caller that comes back as soon as it is answered, or refused, is not lost', async () => {
  let attempts = 0;
  const act = groupCommit(async (items: number[]) => {
    if (attempts++ % 2 === 0) throw new Error('the database is gone');
    return answersOf(items);
  });
  const persistent = async (item: number): Promise<string> => {
    try {
      return await act(item);
    } catch {
      return persistent(item);
    }
  };
  const answers = await Promise.all(
    [1, 2, 3].map(async item => [await persistent(item), await persistent(item + 10)]),
  );
  expect(answers).toEqual([1, 2, 3].map(item => answersOf([item, item + 10])));
});

test('one caller too many is refused with OverloadedError at once, and the others are served', async () => {
  const { batches, ends, commit } = heldCommit();
  const act = groupCommit(commit, { mostWaiting: 2 });
  const first = act(1);
  await settleDown();
  const waiting = [act(2), act(3)];
  await expect(act(4)).rejects.toBeInstanceOf(OverloadedError);
  ends[0]?.resolve(answersOf(batches[0]));
  expect(await first).toBe('answer 1');
  await settleDown();
  // There is room again.
  const later = act(5);
  ends[1]?.resolve(answersOf(batches[1]));
  expect(await Promise.all(waiting)).toEqual(['answer 2', 'answer 3']);
  await settleDown();
  ends[2]?.resolve(answersOf(batches[2]));
  expect(await later).toBe('answer 5');
  expect(batches).toEqual([[1], [2, 3], [5]]);
});

test('no timer is involved: callers are answered while every clock stands still', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  const act = groupCommit(async (items: number[]) => answersOf(items), { most: 2 });
  const answers = Promise.all([1, 2, 3].map(act));
  await settleDown();
  expect(jest.getTimerCount()).toBe(0);
  expect(await answers).toEqual(answersOf([1, 2, 3]));
});

function lockTimeout(): Error {
  return Object.assign(new Error('lock timeout'), { name: 'DatabaseError', sqlState: '55P03' });
}

interface OfLicense {
  licenseId: string;
  turn: number;
}

/** A database in which the rows of some licenses are locked. */
function lockable() {
  const locked = new Set<string>();
  const together: OfLicense[][] = [];
  const alone: OfLicense[][] = [];
  const commit = async (items: OfLicense[]) => {
    if (items.some(({ licenseId }) => locked.has(licenseId))) throw lockTimeout();
    return items.map(({ turn }) => turn);
  };
  const act = groupCommit(
    (items: OfLicense[]) => {
      together.push(items);
      return commit(items);
    },
    {
      apart: {
        licenseOf: ({ licenseId }) => licenseId,
        commit: items => {
          alone.push(items);
          return commit(items);
        },
      },
    },
  );
  return { locked, together, alone, act };
}

test('a batch that meets a lock is split: the others are answered, the locked one when it is free', async () => {
  const { locked, act } = lockable();
  locked.add('a');
  const ofLocked = act({ licenseId: 'a', turn: 1 });
  expect(await Promise.all([2, 3].map(turn => act({ licenseId: `b${turn}`, turn })))).toEqual([
    2, 3,
  ]);
  locked.clear();
  expect(await ofLocked).toBe(1);
});

test('later items of a locked license do not join the batches of others', async () => {
  const { locked, together, act } = lockable();
  locked.add('a');
  const first = act({ licenseId: 'a', turn: 1 });
  await act({ licenseId: 'b', turn: 2 });
  const batches = together.length;
  const second = act({ licenseId: 'a', turn: 3 });
  await act({ licenseId: 'c', turn: 4 });
  expect(
    together
      .slice(batches)
      .flat()
      .map(({ licenseId }) => licenseId),
  ).toEqual(['c']);
  locked.clear();
  expect(await Promise.all([first, second])).toEqual([1, 3]);
});

test('once it is free again it goes together with the others', async () => {
  const { locked, together, act } = lockable();
  locked.add('a');
  const first = act({ licenseId: 'a', turn: 1 });
  await act({ licenseId: 'b', turn: 2 });
  locked.clear();
  await first;
  await settleDown();
  together.length = 0;
  await Promise.all([act({ licenseId: 'a', turn: 3 }), act({ licenseId: 'b', turn: 4 })]);
  expect(together.map(items => items.map(({ turn }) => turn))).toEqual([[3, 4]]);
});

test('while the database is away, waiting callers fail with the batch under way, and the next one is tried', async () => {
  const { batches, ends, commit } = heldCommit();
  const act = groupCommit(commit);
  const first = act(1);
  await settleDown();
  const second = act(2);
  const away = Object.assign(new Error('no answer'), { name: 'DatabaseError' });
  ends[0]?.reject(away);
  await expect(first).rejects.toBe(away);
  await expect(second).rejects.toBe(away);
  const third = act(3);
  await settleDown();
  expect(batches).toEqual([[1], [3]]);
  ends[1]?.resolve(answersOf([3]));
  expect(await third).toBe('answer 3');
});
