// A connection to PostgreSQL: to the server of its target, or to whichever of several takes writes.

import type { Socket } from 'node:net';
import pg from 'pg';
import { READ_ONLY } from '../../domain/databaseFault.js';
import type { Primary } from './primary.js';

export interface Target extends pg.ClientConfig {
  /** Where there are several servers. */
  primary?: Primary;
}

/** The driver's own, which its types do not show. */
type Connection = NodeJS.EventEmitter & { stream: Socket };
type Callback = (error: Error | null, client?: pg.Client) => void;

export class Client extends pg.Client {
  readonly #primary: Primary | undefined;
  readonly #connection: Connection;
  #doubt = () => {};

  constructor(target: Target = {}) {
    super(target);
    // A pool listens only a moment after the connection is there. Whatever breaks it until then is told by the next
    // query, and must not end the process.
    this.on('error', () => {});
    this.#primary = target.primary;
    this.#connection = (this as unknown as { connection: Connection }).connection;
    this.#connection.on('errorMessage', ({ code }: { code?: string }) => {
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
      // Not with `end`, of which nobody who waits for it would hear.
      const breakOff = () => this.#connection.stream.destroy();
      this.once('end', primary.connect(server, breakOff));
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
