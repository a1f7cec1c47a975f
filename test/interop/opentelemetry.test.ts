import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { context, metrics, ROOT_CONTEXT, trace, type Context, type ContextManager } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { authenticateClient, createConfirmation, verifyConfirmation } from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { codeBlocks } from '../documentation.js';

/** The recipe of docs/recipes.md as it is printed, with the SDK of OpenTelemetry. */
const folder = fromRoot('dist/opentelemetry');
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
const spans = new InMemorySpanExporter();
const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });

/** The package of OpenTelemetry for Node has this one too. */
class AsyncContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active = (): Context => this.#storage.getStore() ?? ROOT_CONTEXT;
  with: ContextManager['with'] = (active, run, receiver, ...args) =>
    this.#storage.run(active, () => run.call(receiver as never, ...args));
  bind: ContextManager['bind'] = (_context, target) => target;
  enable = () => this;
  disable = () => this;
}

beforeAll(async () => {
  metrics.setGlobalMeterProvider(meters);
  trace.setGlobalTracerProvider(tracers);
  context.setGlobalContextManager(new AsyncContext());
  const [recipe] = codeBlocks().filter(
    ({ name, code }) => name.startsWith('docs/') && code.includes("from '@opentelemetry/api'"),
  );
  const options = { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/recipe.mjs`, ts.transpileModule(recipe!.code, options).outputText);
  await import(/* @vite-ignore */ `${folder}/recipe.mjs`);
});

afterAll(async () => {
  await meters.shutdown();
  rmSync(folder, { recursive: true });
});

it('counts decisions by code, and writes them on the span', async () => {
  const [client, other] = [await selfSignedCertificate(), await selfSignedCertificate()];
  const registration = {
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [{ ...client.jwk }] },
  };
  await trace.getTracer('test').startActiveSpan('token', async (span) => {
    await authenticateClient(presented(other), registration).catch(() => undefined);
    await authenticateClient(undefined, registration).catch(() => undefined);
    await authenticateClient(undefined, registration).catch(() => undefined);
    verifyConfirmation({ cnf: createConfirmation(client.certificate) }, presented(client));
    span.end();
  });
  await meters.forceFlush();
  const points = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ dataPoints }) => [...dataPoints])),
    );
  expect(points.map(({ attributes: { decision, outcome, code }, value }) => [decision, outcome, code, value])).toEqual([
    ['authentication', 'refused', 'ERR_CLIENT_CERTIFICATE_UNKNOWN', 1],
    ['authentication', 'refused', 'ERR_CLIENT_CERTIFICATE_MISSING', 2],
    ['confirmation', 'accepted', undefined, 1],
  ]);
  expect(spans.getFinishedSpans()[0]?.attributes).toEqual({
    'oauth_mtls.authentication.outcome': 'refused',
    'oauth_mtls.authentication.code': 'ERR_CLIENT_CERTIFICATE_MISSING',
    'oauth_mtls.confirmation.outcome': 'accepted',
  });
});
