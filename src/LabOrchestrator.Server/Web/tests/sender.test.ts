import { afterEach, describe, expect, it, vi } from 'vitest';
import { Sender } from '../src/images/sender';

const MiB = 1024 * 1024;

/** A server that keeps what it gets, and fails when it is told to. */
class FakeUploads {
  readonly pieces: Array<{ offset: number; size: number }> = [];
  length = 0;
  breaks: Array<() => Response> = [];

  install(): void {
    vi.stubGlobal(
      'fetch',
      (
        _address: string,
        options: { method: string; headers: Record<string, string>; body: Blob; signal: AbortSignal },
      ) => this.answer(options),
    );
  }

  private async answer(options: {
    method: string;
    headers: Record<string, string>;
    body: Blob;
    signal: AbortSignal;
  }): Promise<Response> {
    options.signal.throwIfAborted();
    if (options.method === 'HEAD') {
      return new Response(null, { headers: { 'Upload-Offset': String(this.length) } });
    }
    const offset = Number(options.headers['Upload-Offset']);
    const trouble = this.breaks.shift();
    if (trouble) {
      return trouble();
    }
    if (offset !== this.length) {
      return new Response('{}', { status: 409, headers: { 'Upload-Offset': String(this.length) } });
    }
    this.pieces.push({ offset, size: options.body.size });
    this.length += options.body.size;
    return new Response(null, { status: 204, headers: { 'Upload-Offset': String(this.length) } });
  }
}

afterEach(() => vi.unstubAllGlobals());

describe('sending a disk', () => {
  it('sends pieces one after the other and says how far it is', async () => {
    const server = new FakeUploads();
    server.install();
    const seen: number[] = [];
    const sender = new Sender('/x', new Blob([new Uint8Array(20 * MiB)]), (offset) => seen.push(offset), 1);

    expect(await sender.send()).toBeNull();

    expect(server.pieces).toEqual([
      { offset: 0, size: 8 * MiB },
      { offset: 8 * MiB, size: 8 * MiB },
      { offset: 16 * MiB, size: 4 * MiB },
    ]);
    expect(seen).toEqual([0, 8 * MiB, 16 * MiB, 20 * MiB]);
    expect(sender.isSending).toBe(false);
  });

  it('goes on after a break from what the server has, not from what was sent', async () => {
    const server = new FakeUploads();
    server.install();
    server.breaks = [
      () => {
        server.length = 3 * MiB;
        throw new TypeError('network');
      },
    ];

    expect(await new Sender('/x', new Blob([new Uint8Array(9 * MiB)]), () => {}, 1).send()).toBeNull();

    expect(server.pieces.map((piece) => piece.offset)).toEqual([3 * MiB]);
    expect(server.length).toBe(9 * MiB);
  });

  it('waits for a server that restarts', async () => {
    const server = new FakeUploads();
    server.install();
    server.breaks = [() => new Response('{}', { status: 503 }), () => new Response('{}', { status: 502 })];

    expect(await new Sender('/x', new Blob([new Uint8Array(MiB)]), () => {}, 1).send()).toBeNull();

    expect(server.length).toBe(MiB);
  });

  it('ends with what the server refuses', async () => {
    const server = new FakeUploads();
    server.install();
    server.breaks = [() => new Response(JSON.stringify({ detail: 'You are signed out.' }), { status: 401 })];

    expect(await new Sender('/x', new Blob([new Uint8Array(MiB)]), () => {}, 1).send()).toBe('You are signed out.');
  });

  it('sends nothing while it is paused, and the rest afterwards', async () => {
    const server = new FakeUploads();
    server.install();
    let isFirst = true;
    const sender: Sender = new Sender(
      '/x',
      new Blob([new Uint8Array(20 * MiB)]),
      (offset) => {
        if (isFirst && offset === 8 * MiB) {
          isFirst = false;
          sender.pause();
        }
      },
      1,
    );

    expect(await sender.send()).toBeNull();
    expect(server.length).toBe(8 * MiB);

    await sender.send();
    expect(server.length).toBe(20 * MiB);
  });
});
