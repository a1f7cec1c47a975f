import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An introspection endpoint on loopback that knows what a test tells it. */
export class IntrospectionServer {
  readonly requests: { method: string | undefined; headers: IncomingHttpHeaders; form: URLSearchParams }[] = [];
  /** Response by token; every other token is not active. */
  readonly responses = new Map<string, object>();
  answer = (token: string, response: ServerResponse): void => {
    response
      .setHeader('Content-Type', 'application/json')
      .end(JSON.stringify(this.responses.get(token) ?? { active: false }));
  };
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const form = new URLSearchParams(body);
        this.requests.push({ method: request.method, headers: request.headers, form });
        this.answer(form.get('token') ?? '', response);
      });
    });
  }

  static async start(): Promise<IntrospectionServer> {
    const self = new IntrospectionServer();
    await new Promise<void>((resolve) => self.#server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/introspect`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
