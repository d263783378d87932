// Jest's Node environment with a leak guard: a test file that leaves a database open fails. The check is here
// because an afterAll of a guard would run before the file's own.

import { TestEnvironment } from 'jest-environment-node';

export default class extends TestEnvironment {
  async handleTestEvent(event, state) {
    if (event.name !== 'run_finish') return;
    const open = [...(this.global[Symbol.for('sahm.openTestDatabases')] ?? [])];
    if (open.length === 0) return;
    await Promise.all(open.map(database => database.close()));
    const message = `${open.length} test database(s) still open: close them in afterAll`;
    state.unhandledErrors.push(new Error(message));
  }
}
