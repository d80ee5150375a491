import { beforeEach, describe, expect, it } from 'vitest';
import { attachFrame, inputFrames, readFrame, resizeFrame } from '../src/terminal/frames';
import { TerminalSession } from '../src/terminal/session';

const letters = new TextEncoder();

function hello(epoch: bigint, next: bigint): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(18));
  view.setUint8(0, 'H'.charCodeAt(0));
  view.setUint8(1, 1);
  view.setBigUint64(2, epoch);
  view.setBigUint64(10, next);
  return view.buffer as ArrayBuffer;
}

function output(first: bigint, bytes: Uint8Array): ArrayBuffer {
  const frame = new Uint8Array(9 + bytes.length);
  frame[0] = 'O'.charCodeAt(0);
  new DataView(frame.buffer).setBigUint64(1, first);
  frame.set(bytes, 9);
  return frame.buffer;
}

function lost(from: bigint, to: bigint): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(17));
  view.setUint8(0, 'L'.charCodeAt(0));
  view.setBigUint64(1, from);
  view.setBigUint64(9, to);
  return view.buffer as ArrayBuffer;
}

class FakeScreen {
  text = '';
  resets = 0;
  waiting: (() => void)[] = [];
  write(bytes: Uint8Array | string, done?: () => void): void {
    this.text += typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
    if (done) {
      this.waiting.push(done);
    }
  }
  reset(): void {
    this.resets++;
    this.text = '';
  }
}

describe('frames', () => {
  it('reads what a keeper sends', () => {
    expect(readFrame(hello(7n, 5n))).toEqual({ type: 'hello', epoch: 7n, next: 5n });
    expect(readFrame(lost(1n, 9n))).toEqual({ type: 'lost', from: 1n, to: 9n });
    expect(readFrame(new ArrayBuffer(0))).toEqual({ type: 'unknown' });
  });

  it('cuts long input into frames and keeps every byte', () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
    const frames = inputFrames(bytes);
    expect(frames.length).toBe(3);
    expect(frames.flatMap((f) => [...f.subarray(1)])).toEqual([...bytes]);
  });

  it('writes sizes as columns and rows', () => {
    expect([...resizeFrame(300, 24)]).toEqual(['R'.charCodeAt(0), 1, 44, 0, 24]);
  });
});

describe('a terminal session', () => {
  let screen: FakeScreen;
  let session: TerminalSession;
  let sent: Uint8Array[];

  beforeEach(() => {
    screen = new FakeScreen();
    session = new TerminalSession(
      screen,
      (bytes) => `lost ${bytes}`,
      (code) => `ended ${code}`,
    );
    sent = [];
    session.begin((frame) => sent.push(frame));
  });

  it('asks for everything first, and after a reconnection for what it missed', () => {
    expect(sent[0]).toEqual(attachFrame(0n));
    session.receive(hello(1n, 0n));
    session.receive(output(0n, letters.encode('hello')));
    session.end();
    session.begin((frame) => sent.push(frame));
    expect(sent[1]).toEqual(attachFrame(5n));
    session.receive(hello(1n, 5n));
    session.receive(output(5n, letters.encode(' again')));
    expect(screen.text).toBe('hello again');
  });

  it('begins anew with a keeper of another epoch', () => {
    session.receive(hello(1n, 0n));
    session.receive(output(0n, letters.encode('old')));
    session.begin((frame) => sent.push(frame));
    session.receive(hello(2n, 3n));
    expect(screen.resets).toBe(1);
    expect(sent.at(-1)).toEqual(attachFrame(0n));
    session.receive(hello(2n, 0n));
    session.receive(output(0n, letters.encode('new')));
    expect(screen.text).toBe('new');
  });

  it('says how much was lost', () => {
    session.receive(hello(1n, 0n));
    session.receive(lost(0n, 1000n));
    expect(screen.text).toContain('lost 1000');
  });

  it('pauses the keeper while the screen is behind and lets it go on', () => {
    session.receive(hello(1n, 0n));
    for (let i = 0; i < 10; i++) {
      session.receive(output(BigInt(i * 50_000), new Uint8Array(50_000)));
    }
    expect(sent.filter((f) => f[0] === 'P'.charCodeAt(0)).length).toBe(1);
    screen.waiting.forEach((done) => done());
    expect(sent.filter((f) => f[0] === 'C'.charCodeAt(0)).length).toBe(1);
  });
});
