import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Reloader, type Loaded, type ReloaderSettings } from '../../src/pki/reloader.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function reloader(load: ReloaderSettings<number>['load']): Reloader<number> {
  return new Reloader({
    load,
    refreshInterval: 100,
    maxStaleness: 1000,
    now: () => new Date(),
    onReload: () => undefined,
    onFailure: () => undefined,
  });
}

describe('the next load', () => {
  it.each<[string, number, number | undefined]>([
    ['after refreshInterval', 100, undefined],
    ['after refreshInterval, if the value expires later', 100, 200],
    ['before the value expires', 40, 50],
    ['a second later, if the value expires at once', 1, 0.5],
    ['after refreshInterval, if the value has expired already', 100, 0],
    ['after refreshInterval, if the value expired long ago', 100, -50],
  ])('is %s', async (_what, seconds, expires) => {
    const started = Date.now();
    const value: Loaded<number> = { value: 1, expires: expires === undefined ? undefined : started + expires * 1000 };
    const kept = reloader(() => Promise.resolve(value));
    await kept.reload();
    const delay = (kept.status.nextReload.getTime() - started) / 1000;
    expect(delay).toBeGreaterThan(seconds * 0.9 - 0.01);
    expect(delay).toBeLessThanOrEqual(seconds);
    expect(vi.getTimerCount()).toBe(1);
    kept.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take place after close(), even if the current one is complete', async () => {
    const kept: Reloader<number> = reloader(() => {
      kept.close();
      return Promise.resolve({ value: 1 });
    });
    await kept.reload();
    expect([kept.value, vi.getTimerCount()]).toEqual([1, 0]);
    await expect(kept.reload()).rejects.toThrow(TypeError);
  });

  it('takes place for a call during a load that fails', async () => {
    const loads: { resolve: (loaded: Loaded<number>) => void; reject: (error: Error) => void }[] = [];
    const kept = reloader(() => new Promise((resolve, reject) => loads.push({ resolve, reject })));
    const first = kept.reload();
    await vi.waitUntil(() => loads.length === 1);
    const second = kept.reload();
    loads[0]!.reject(new Error('down'));
    await expect(first).rejects.toThrow('down');
    await vi.waitUntil(() => loads.length === 2);
    loads[1]!.resolve({ value: 2 });
    await second;
    expect(kept.value).toBe(2);
    kept.close();
  });
});
