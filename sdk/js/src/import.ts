// What `import` gives: the names of index.ts, and the class itself by default, as `require` gives it.

export { Sahm as default } from './client.js';
export * from './index.js';
