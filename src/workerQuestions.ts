// Lets processes that share a port (WEB_CONCURRENCY) ask each other questions. The process that leads them
// passes the questions on.

import cluster, { type Worker } from 'node:cluster';
import { randomUUID } from 'node:crypto';

/** A question from a process to the leading one, and from that one to the others. */
interface Question {
  askedId: string;
  question: string;
}

interface Answer {
  answeredId: string;
  answer: unknown;
}

/** A process that has not answered by then is stuck. */
const PATIENCE_MS = 5_000;

/** Called once, in the leading process. */
export function passQuestionsOn(serving: Set<Worker>): void {
  cluster.on('message', async (asking: Worker, { askedId, question }: Partial<Question>) => {
    if (askedId === undefined || question === undefined) return;
    const others = [...serving].filter(worker => worker !== asking && worker.isConnected());
    const asked = others.map(other => answerOf(other, { askedId: randomUUID(), question }));
    const answer = (await Promise.all(asked)).filter(each => each !== undefined);
    if (asking.isConnected())
      asking.send({ answeredId: askedId, answer } satisfies Answer, () => {});
  });
}

/** Undefined if the worker ends or does not answer. */
function answerOf(worker: Worker, question: Question): Promise<unknown> {
  return new Promise(resolve => {
    const timer = setTimeout(end, PATIENCE_MS);
    function listen({ answeredId, answer }: Partial<Answer>): void {
      if (answeredId === question.askedId) end(answer);
    }
    function end(answer?: unknown): void {
      clearTimeout(timer);
      worker.off('message', listen).off('exit', endUnanswered);
      resolve(answer);
    }
    const endUnanswered = () => end();
    worker.on('message', listen).on('exit', endUnanswered);
    // A worker that has just died cannot be reached, and its `exit` event ends the wait.
    worker.send(question, () => {});
  });
}

/** Sets this process's answer to the question. The answer must be JSON. */
export function answerOthers(asked: string, answer: () => Promise<unknown>): void {
  if (!cluster.worker) return;
  process.on('message', async ({ askedId, question }: Partial<Question>) => {
    if (askedId === undefined || question !== asked) return;
    process.send?.({ answeredId: askedId, answer: await answer() } satisfies Answer);
  });
}

/** The answers of the other processes that serve; none if this is the only one. */
export function askOthers(question: string): Promise<unknown[]> {
  if (!cluster.worker) return Promise.resolve([]);
  const askedId = randomUUID();
  return new Promise(resolve => {
    function listen({ answeredId, answer }: Partial<Answer>): void {
      if (answeredId !== askedId) return;
      process.off('message', listen);
      resolve(answer as unknown[]);
    }
    process.on('message', listen);
    process.send?.({ askedId, question } satisfies Question);
  });
}
