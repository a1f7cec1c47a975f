import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';

/** A case of the x509-limbo corpus, as far as it is used here. */
export interface LimboCase {
  readonly id: string;
  readonly validation_kind: 'SERVER' | 'CLIENT';
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly extended_key_usage: readonly ('clientAuth' | 'serverAuth')[];
  readonly expected_result: 'SUCCESS' | 'FAILURE';
  readonly expected_peer_name: { readonly kind: string; readonly value: string } | null;
  readonly max_chain_depth: number | null;
  readonly crls: readonly string[];
}

export interface Verdict {
  readonly result: 'SUCCESS' | 'FAILURE' | 'UNTYPED' | 'HANG';
  /** Code of the refusal. */
  readonly code: string;
}

export interface Outcome extends Verdict {
  readonly testCase: LimboCase;
  readonly milliseconds: number;
}

/** Longest time for one case: far beyond what any of them takes, far below a hang. */
const LIMIT_MS = 10_000;

export function readCorpus(path: string): readonly LimboCase[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { testcases: LimboCase[] }).testcases;
}

/** Runs every case in worker threads; one that is still busy at the limit is a hang, and its thread is ended. */
export async function runCorpus(cases: readonly LimboCase[], strictProfile = false): Promise<readonly Outcome[]> {
  const pending = [...cases];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    let worker = startWorker();
    for (let testCase = pending.shift(); testCase !== undefined; testCase = pending.shift()) {
      const started = performance.now();
      const verdict = await judge(worker, testCase, strictProfile);
      outcomes.push({ ...verdict, testCase, milliseconds: performance.now() - started });
      if (verdict.result === 'HANG') {
        await worker.terminate();
        worker = startWorker();
      }
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return outcomes;
}

function startWorker(): Worker {
  return new Worker(new URL('./worker.js', import.meta.url));
}

function judge(worker: Worker, testCase: LimboCase, strictProfile: boolean): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish({ result: 'HANG', code: '' }), LIMIT_MS);
    const finish = (verdict: Verdict): void => {
      clearTimeout(timer);
      worker.off('message', finish).off('error', fail);
      resolve(verdict);
    };
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    worker.on('message', finish).on('error', fail);
    worker.postMessage({ testCase, strictProfile });
  });
}
