import { describe, expect, it, vi } from 'vitest';
import { backoff } from '../src/console/backoff';
import { keysymsOf } from '../src/console/keysyms';
import { Typist } from '../src/console/typist';

describe('keysyms', () => {
  it('are the characters of Latin-1 and numbers above a million of the others', () => {
    expect(keysymsOf('aÄ€')).toEqual([0x61, 0xc4, 0x010020ac]);
  });

  it('turn each kind of line end into one Return and leave control characters out', () => {
    expect(keysymsOf('a\r\nb\rc\nd\u0001')).toEqual([0x61, 0xff0d, 0x62, 0xff0d, 0x63, 0xff0d, 0x64]);
  });
});

describe('a typist', () => {
  it('types every key and says how far it is', async () => {
    vi.useFakeTimers();
    const keys: number[] = [];
    const steps: number[] = [];
    const done = new Typist((k) => keys.push(k)).type('abc', (n) => steps.push(n));
    await vi.runAllTimersAsync();
    expect(await done).toBe(true);
    expect(keys).toEqual([0x61, 0x62, 0x63]);
    expect(steps).toEqual([1, 2, 3]);
    vi.useRealTimers();
  });

  it('stops when it is cancelled', async () => {
    vi.useFakeTimers();
    const keys: number[] = [];
    const typist = new Typist((k) => {
      keys.push(k);
      if (keys.length === 2) {
        typist.cancel();
      }
    });
    const done = typist.type('abcdef', () => {});
    await vi.runAllTimersAsync();
    expect(await done).toBe(false);
    expect(keys.length).toBe(2);
    vi.useRealTimers();
  });
});

describe('the wait before the next try', () => {
  it('grows, is never longer than fifteen seconds, and is half at random', () => {
    expect(backoff(0, () => 1)).toBe(500);
    expect(backoff(0, () => 0)).toBe(250);
    expect(backoff(50, () => 1)).toBe(15_000);
  });
});
