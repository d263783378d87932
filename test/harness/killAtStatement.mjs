// Loaded before the service (`node --import`): the process kills itself at one of its statements. KILL_FROM is an
// expression for the first statement that counts, KILL_AT is `before 3` or `after 3`: instead of sending the third, or
// when its answer is there and nobody has seen it.

import pg from 'pg';

const from = new RegExp(process.env.KILL_FROM);
const [when, number] = process.env.KILL_AT.split(' ');
const { query } = pg.Client.prototype;
let count = 0;

pg.Client.prototype.query = function killed(statement, ...rest) {
  const text = typeof statement === 'string' ? statement : statement.text;
  if (count > 0 || from.test(text)) count += 1;
  if (count !== Number(number)) return query.call(this, statement, ...rest);
  if (when === 'before') kill();
  const holder = rest.length > 0 && typeof rest.at(-1) === 'function' ? rest : statement;
  if (holder === rest) rest[rest.length - 1] = kill;
  else if (typeof statement.callback === 'function') statement.callback = kill;
  else return query.call(this, statement, ...rest).then(kill, kill);
  return query.call(this, statement, ...rest);
};

function kill() {
  process.kill(process.pid, 'SIGKILL');
  // Nothing more is done until the signal is there.
  for (;;);
}
