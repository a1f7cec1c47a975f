// Programs whose types have to fit those of a platform, compiled against the packed package.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const verifyToken = `createAccessTokenVerifier({
  issuer: 'https://as.example',
  keys: 'https://as.example/jwks',
  audience: 'https://api.example',
})`;

const LAMBDA = `
import type {
  APIGatewayRequestAuthorizerEvent,
  APIGatewayRequestAuthorizerHandler,
  APIGatewayRequestIAMAuthorizerHandlerV2,
  APIGatewayRequestSimpleAuthorizerHandlerV2,
} from 'aws-lambda';
import { createAuthorizer } from 'oauth-mtls/aws-lambda';
import { apiGatewayCertificate } from 'oauth-mtls/forwarded';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';

const options = { getCertificate: apiGatewayCertificate, verifyToken: ${verifyToken}, scopes: ['accounts:read'] };
export const rest: APIGatewayRequestAuthorizerHandler = createAuthorizer(options);
export const iam: APIGatewayRequestIAMAuthorizerHandlerV2 = createAuthorizer(options);
export const simple: APIGatewayRequestSimpleAuthorizerHandlerV2 = createAuthorizer({ ...options, simpleResponses: true });
export const typed: APIGatewayRequestAuthorizerHandler = createAuthorizer<APIGatewayRequestAuthorizerEvent>({
  ...options,
  onRefusal: (error, event) => console.warn(error.code, event.path),
});
`;

const WORKER = `
import { protectResource } from 'oauth-mtls/fetch';
import { cloudflareWorkersCertificate } from 'oauth-mtls/forwarded';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';

interface Env { readonly NAME: string }
const protect = protectResource<Request>({ getCertificate: cloudflareWorkersCertificate, verifyToken: ${verifyToken} });
export default {
  fetch: protect('accounts:read')((request, { claims }, env: Env, context: ExecutionContext) => {
    context.waitUntil(Promise.resolve(request.cf?.colo));
    return Response.json({ client: claims['client_id'], name: env.NAME });
  }),
} satisfies ExportedHandler<Env>;
`;

const NODENEXT = { module: 'nodenext', moduleResolution: 'nodenext' };
const BUNDLER = { module: 'preserve', moduleResolution: 'bundler' };

/** Packages with the types of the platforms. */
export const platformTypes = ['@types/aws-lambda', '@cloudflare/workers-types'];

/**
 * @param {string} folder of a consumer with {@link platformTypes}
 * @param {string} compiler the path of tsc
 */
export function checkPlatformTypes(folder, compiler) {
  const programs = [
    { file: 'lambda.ts', source: LAMBDA, settings: { ...NODENEXT, types: ['node', 'aws-lambda'] } },
    { file: 'worker.ts', source: WORKER, settings: { ...BUNDLER, types: ['@cloudflare/workers-types'] } },
  ];
  for (const { file, source, settings } of programs) {
    writeFileSync(join(folder, file), source);
    const compilerOptions = { ...settings, lib: ['es2023'], target: 'es2022', strict: true, noEmit: true };
    const project = join(folder, `${file}.json`);
    writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }));
    try {
      execFileSync(process.execPath, [compiler, '-p', project], { stdio: 'pipe' });
    } catch (error) {
      throw new Error(/** @type {{ stdout: Buffer }} */ (error).stdout.toString(), { cause: error });
    }
  }
}
