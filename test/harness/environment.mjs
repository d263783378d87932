// Jest's Node environment with a leak guard: a test file that leaves a database open fails. It checks
// here and not in an afterAll, because a guard's afterAll would run before the file's own.

import { TestEnvironment } from 'jest-environment-node';

export default class extends TestEnvironment {
  async teardown() {
    const open = [...(this.global[Symbol.for('sahm.openTestDatabases')] ?? [])];
    await Promise.all(open.map(database => database.close()));
    await super.teardown();
    if (open.length > 0) {
      throw new Error(`${open.length} test database(s) still open: close them in afterAll`);
    }
  }
}
