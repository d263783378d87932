// A sender without a key, in a process of its own: `node attacker.mjs URL SECONDS LARGE UNFINISHED BYTES`.
// Each second it sends LARGE bodies of 21 MiB, and UNFINISHED bodies of 20 MiB that stop after BYTES bytes.
// It prints the answers.

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [url, seconds, large, unfinished, bytesOfUnfinished] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const MIB = 1024 * 1024;
const piece = Buffer.alloc(MIB, ' ');
const answers = {};
const open = new Set();

/** Announces a body of `promised` bytes, sends `bytes` of it, and notes the status of the answer. */
function send(promised, bytes) {
  const path = Math.random() < 0.5 ? '/v1/chat/completions' : '/api/chat_v3';
  const socket = connect(Number(port), hostname);
  open.add(socket);
  let answer = '';
  let left = bytes;
  const go = () => {
    while (left > 0) {
      const next = piece.subarray(0, Math.min(left, MIB));
      left -= next.length;
      if (!socket.write(next)) return;
    }
  };
  socket.setEncoding('latin1');
  socket.on('data', text => {
    answer += text;
  });
  socket.on('drain', go);
  socket.on('error', () => {});
  socket.on('close', () => {
    open.delete(socket);
    const status = answer.slice(9, 12) || 'none';
    const kind = bytes > 20 * MIB ? 'large' : 'unfinished';
    answers[`${kind} ${status}`] = (answers[`${kind} ${status}`] ?? 0) + 1;
  });
  const head = [`POST ${path} HTTP/1.1`, `Host: ${hostname}`, 'Content-Type: application/json'];
  socket.write(
    `${[...head, `Content-Length: ${promised}`, 'Connection: close'].join('\r\n')}\r\n\r\n`,
  );
  go();
}

for (let tick = 0; tick < Number(seconds) * 10; tick++) {
  for (let each = 0; each < Number(large) / 10; each++) send(21 * MIB, 21 * MIB);
  for (let each = 0; each < Number(unfinished) / 10; each++)
    send(20 * MIB, Number(bytesOfUnfinished));
  await sleep(100);
}
const giveUpAt = performance.now() + 10_000;
while (answers['large 413'] === undefined && performance.now() < giveUpAt) await sleep(50);
await sleep(500);
for (const socket of open) socket.destroy();
await sleep(100);
console.log(JSON.stringify(answers));
process.exit(0);
