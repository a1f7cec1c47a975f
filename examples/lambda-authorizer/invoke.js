/**
 * Calls the handler as Lambda does, with an event from the standard input.
 *
 *     ISSUER=https://as.example node examples/lambda-authorizer/invoke.js < event.json
 */
import { json } from 'node:stream/consumers';
import { handler } from './handler.js';

const event = /** @type {import('oauth-mtls/aws-lambda').AuthorizerEvent} */ (await json(process.stdin));
try {
  console.log(JSON.stringify(await handler(event), null, 2));
} catch (error) {
  // what Lambda hands on to API Gateway
  console.log(JSON.stringify({ errorMessage: error instanceof Error ? error.message : String(error) }));
  process.exitCode = 1;
}
