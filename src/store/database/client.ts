// A connection to PostgreSQL: to the server of its target, or to whichever of several takes writes.

import pg from 'pg';
import { READ_ONLY } from '../../domain/databaseFault.js';
import type { Primary } from './primary.js';

export interface Target extends pg.ClientConfig {
  /** Where there are several servers. */
  primary?: Primary;
}

type Callback = (error: Error | null, client?: pg.Client) => void;

export class Client extends pg.Client {
  readonly #primary: Primary | undefined;
  #doubt = () => {};

  constructor(target: Target = {}) {
    super(target);
    this.#primary = target.primary;
    const { connection } = this as unknown as { connection: NodeJS.EventEmitter };
    connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (code !== READ_ONLY) return;
      this.#doubt();
      void this.end();
    });
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.Client> | undefined {
    const connecting = this.#connect();
    if (!callback) return connecting;
    connecting.then(() => callback(null, this), callback);
    return undefined;
  }

  async #connect(): Promise<pg.Client> {
    const primary = this.#primary;
    if (primary) {
      const server = await primary.find();
      Object.assign(this, server);
      primary.keep(this, server);
      this.#doubt = () => primary.doubt(server);
      this.on('error', this.#doubt);
    }
    try {
      await super.connect();
      return this;
    } catch (error) {
      this.#doubt();
      throw error;
    }
  }
}
