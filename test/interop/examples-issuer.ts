import { writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { createConfirmation } from 'oauth-mtls';
import {
  createCertificateAuthority,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { createAuthorizationServer } from '../../examples/authorization-server/server.js';
import { freePort, temporaryFolder } from './programs.js';

export const audience = 'https://api.example';

export interface Answer {
  readonly status: number;
  readonly challenge?: string | undefined;
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- loose JSON
}

export interface Call {
  readonly url: string;
  readonly certificate?: TestCertificate | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/**
 * The authorization server of the demo on loopback, over TLS, and clients that registered there. It publishes a second
 * key, so that a test can sign what this server never issues.
 */
export class ExamplesIssuer {
  readonly #folder = temporaryFolder();
  readonly #authority: TestAuthority;
  readonly #key: CryptoKey;
  readonly #server: Server;
  clientId = '';

  private constructor(
    readonly issuer: string,
    readonly client: TestCertificate,
    authority: TestAuthority,
    key: CryptoKey,
    server: Server,
  ) {
    this.#authority = authority;
    this.#key = key;
    this.#server = server;
    writeFileSync(this.file('ca.pem'), authority.pem);
  }

  static async start(): Promise<ExamplesIssuer> {
    const authority = await createCertificateAuthority({ subject: 'CN=Examples CA' });
    const own = await serverCertificate(authority);
    const issuer = `https://localhost:${await freePort()}`;
    const settings = {
      key: own.privateKeyPem,
      cert: own.chainPem,
      clientAuthority: authority.pem,
      issuer,
      mtlsOrigin: issuer,
    };
    const { server, jwks } = await createAuthorizationServer(settings);
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    (jwks.keys as object[]).push({ ...(await exportJWK(publicKey)), kid: 'second', alg: 'ES256', use: 'sig' });
    await new Promise<void>((resolve) => server.listen(Number(new URL(issuer).port), '127.0.0.1', () => resolve()));
    const client = await selfSignedCertificate({ subject: 'CN=client' });
    const self = new ExamplesIssuer(issuer, client, authority, privateKey, server);
    self.clientId = await self.register(client);
    return self;
  }

  /** Registers a client by its certificate, for bound tokens unless said otherwise, and returns its `client_id`. */
  async register({ jwk }: TestCertificate, bound = true): Promise<string> {
    const { body } = await this.call({
      url: `${this.issuer}/register`,
      headers: { 'Content-Type': 'application/json' },
      json: JSON.stringify({
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [jwk] },
        tls_client_certificate_bound_access_tokens: bound,
      }),
    });
    return (body as { client_id: string }).client_id;
  }

  /** A token for the client, bound to its certificate if it is registered so. */
  async token(clientId = this.clientId): Promise<string> {
    const form = { grant_type: 'client_credentials', client_id: clientId };
    const { body } = await this.call({ url: `${this.issuer}/token`, certificate: this.client, form });
    return (body as { access_token: string }).access_token;
  }

  /** A token of this issuer, with claims that its own tokens do not have. */
  sign(claims: object): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const usual = {
      iss: this.issuer,
      aud: audience,
      sub: this.clientId,
      client_id: this.clientId,
      iat: now,
      exp: now + 600,
    };
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'second' })
      .sign(this.#key);
  }

  /** Every kind of token that an API gets to see, good and bad. */
  async tokens(): Promise<Record<'good' | 'unbound' | 'expired' | 'dpop' | 'garbage', string>> {
    return {
      good: await this.token(),
      unbound: await this.token(await this.register(this.client, false)),
      expired: await this.sign({ cnf: createConfirmation(this.client.certificate), exp: 1 }),
      dpop: await this.sign({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }),
      garbage: 'garbage',
    };
  }

  get folder(): string {
    return this.#folder.path;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Writes key and certificate of a server for localhost. */
  async writeServerCertificate(keyFile: string, certFile: string): Promise<void> {
    const { privateKeyPem, chainPem } = await serverCertificate(this.#authority);
    writeFileSync(keyFile, privateKeyPem, { mode: 0o600 });
    writeFileSync(certFile, chainPem);
  }

  /** One request on a connection of its own. */
  call({ url, certificate, headers = {}, form, json }: Call & { readonly json?: string }): Promise<Answer> {
    const data = form === undefined ? json : new URLSearchParams(form).toString();
    const type = form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
    const { pathname, port, search } = new URL(url);
    const options = {
      ...{
        host: '127.0.0.1',
        servername: 'localhost',
        port,
        path: pathname + search,
        agent: false,
        ca: this.#authority.pem,
      },
      method: data === undefined ? 'GET' : 'POST',
      headers: { ...type, ...headers },
      ...(certificate && { key: certificate.privateKeyPem, cert: certificate.chainPem }),
    };
    return new Promise((resolve, reject) => {
      request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const challenge = response.headers['www-authenticate'];
          resolve({ status: response.statusCode ?? 0, challenge, body: parse(text) });
        });
      })
        .on('error', reject)
        .end(data);
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#folder.remove();
  }
}

/** JSON, or the text of something else, such as an error page of a proxy. */
function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

function serverCertificate(authority: TestAuthority): Promise<TestCertificate> {
  return authority.issue({
    subject: 'CN=localhost',
    san: { dns: 'localhost', ip: '127.0.0.1' },
    extendedKeyUsage: ['serverAuth'],
  });
}
