import { Agent, type AgentOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { checkOption, withDefaults } from '../options.js';

/** Creates the agents of {@link mutualTlsFetch}: one, or a new one whenever a function returns different options. */
export class CurrentAgent {
  readonly #options: () => AgentOptions;
  #last: AgentOptions | undefined;
  #agent: Agent | undefined;
  /** Agents of earlier options that still have connections. */
  readonly #retired = new Set<Agent>();

  /** @throws TypeError for options that are not those of a mutual TLS client */
  constructor(options: AgentOptions | (() => AgentOptions)) {
    this.#options = typeof options === 'function' ? options : () => options;
    if (typeof options !== 'function') this.get();
  }

  /**
   * Returns the agent with the current key and certificate.
   *
   * @throws TypeError for options that are not those of a mutual TLS client, and the errors of the function
   */
  get(): Agent {
    const options = this.#options();
    if (this.#agent !== undefined && (options === this.#last || isDeepStrictEqual(options, this.#last))) {
      return this.#agent;
    }
    const agent = createAgent(options);
    if (this.#agent !== undefined) this.#retire(this.#agent);
    this.#last = options;
    this.#agent = agent;
    return agent;
  }

  /** Closes every connection. */
  close(): void {
    this.#agent?.destroy();
    for (const agent of this.#retired) agent.destroy();
  }

  /** Closes the idle connections of an agent, and each of the others after its request. */
  #retire(agent: Agent): void {
    agent.maxFreeSockets = 0;
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    this.#retired.add(agent);
    for (const each of this.#retired) if (Object.keys(each.sockets).length === 0) this.#retired.delete(each);
  }
}

function createAgent(options: AgentOptions): Agent {
  if (typeof (options as unknown) !== 'object' || (options as unknown) === null)
    throw new TypeError('Options must be an object');
  if (options.pfx === undefined && (options.key === undefined || options.cert === undefined)) {
    throw new TypeError('A client certificate requires options "key" and "cert", or "pfx"');
  }
  if (options.rejectUnauthorized !== undefined)
    checkOption('rejectUnauthorized', options.rejectUnauthorized, 'boolean');
  if (options.rejectUnauthorized === false)
    throw new TypeError('Option "rejectUnauthorized" must not be false: set "ca" to the authority of the server');
  const { minVersion = 'TLSv1.2' } = options;
  // explicit, so that NODE_TLS_REJECT_UNAUTHORIZED has no effect
  return new Agent({ ...withDefaults({ keepAlive: true }, options), minVersion, rejectUnauthorized: true });
}
