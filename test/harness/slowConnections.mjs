// Slow clients without a key, in a process of their own: `node slowConnections.mjs URL KIND COUNT`. Opens COUNT
// connections, and prints how many were closed, and after how many milliseconds at most. It ends when all are, but with
// `idle`, which nobody closes, after ten seconds.

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [url, kind, count] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const OPENED_A_SECOND = 500;
const DRIP_EVERY_MS = 1_000;
const IDLE_MS = 10_000;
const GIVE_UP_MS = 120_000;

const get = path => `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
const post = ['POST /api/license/status HTTP/1.1', `Host: ${hostname}`, 'Content-Length: 4096'];
const json = 'Content-Type: application/json';
const KINDS = {
  idle: { first: get('/healthz'), drip: '' },
  silent: { first: '', drip: '' },
  headers: { first: `GET /healthz HTTP/1.1\r\nHost: ${hostname}\r\nX-A: `, drip: 'a' },
  bodies: { first: `${[...post, json].join('\r\n')}\r\n\r\n{`, drip: ' ' },
  // A reset shows only to who reads or writes.
  readers: { first: get('/openapi.json').repeat(10), drip: '\r\n', bytesASecond: 200 },
};
const { first, drip, bytesASecond } = KINDS[kind];

let closed = 0;
let slowestMs = 0;

function open() {
  const begun = performance.now();
  const onread = { buffer: Buffer.alloc(bytesASecond ?? 65_536), callback: () => !bytesASecond };
  const socket = connect({ host: hostname, port: Number(port), onread });
  const timer = setInterval(() => {
    if (drip) socket.write(drip);
    socket.resume();
  }, DRIP_EVERY_MS);
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(timer);
    closed += 1;
    slowestMs = Math.max(slowestMs, Math.round(performance.now() - begun));
  });
  if (first) socket.write(first);
}

const begun = performance.now();
for (let opened = 0; opened < Number(count); opened++) {
  open();
  if (opened % 10 === 9) await sleep(10_000 / OPENED_A_SECOND);
}
const giveUpAt = begun + (kind === 'idle' ? IDLE_MS : GIVE_UP_MS);
while (closed < Number(count) && performance.now() < giveUpAt) await sleep(100);
console.log(JSON.stringify({ closed, slowestMs }));
process.exit(0);
