import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchInstances, type InstanceEvent } from '../src/events/feed';

class Stream extends EventTarget {
  static last: Stream;

  constructor() {
    super();
    Stream.last = this;
  }

  tell(instance: InstanceEvent): void {
    this.dispatchEvent(new MessageEvent('instance', { data: JSON.stringify(instance) }));
  }
}

function instance(id: number, phase: string): InstanceEvent {
  return { id, version: 1, phase, machines: [] };
}

describe('the states that a page shows', () => {
  let answer: (state: InstanceEvent | undefined) => void;
  let heard: string[];

  beforeEach(() => {
    // As on an address without TLS: no locks, so a stream of one's own.
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('EventSource', Stream);
    vi.stubGlobal(
      'fetch',
      vi.fn(
        () =>
          new Promise<Response>((resolve) => {
            answer = (state) => resolve(new Response(JSON.stringify(state ?? {}), { status: state ? 200 : 404 }));
          }),
      ),
    );
    heard = [];
    watchInstances([7], (state) => heard.push(`${state.id} ${state.phase}`));
  });

  afterEach(() => vi.unstubAllGlobals());

  it('are asked for each time the stream opens, for what ended before is told by nobody', async () => {
    Stream.last.dispatchEvent(new Event('open'));
    answer(instance(7, 'Running'));
    await vi.waitFor(() => expect(heard).toEqual(['7 Running']));

    Stream.last.dispatchEvent(new Event('open'));
    answer(instance(7, 'Stopped'));
    await vi.waitFor(() => expect(heard).toEqual(['7 Running', '7 Stopped']));
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('are what the stream told last, also where the answer comes later', async () => {
    Stream.last.dispatchEvent(new Event('open'));
    Stream.last.tell(instance(7, 'Stopped'));
    answer(instance(7, 'Running'));
    Stream.last.tell(instance(8, 'Running'));
    await vi.waitFor(() => expect(heard).toEqual(['7 Stopped', '8 Running']));
    await new Promise((resolve) => setTimeout(resolve));

    expect(heard).toEqual(['7 Stopped', '8 Running']);
  });

  it('stay as they are where the instance is not known', async () => {
    Stream.last.dispatchEvent(new Event('open'));
    answer(undefined);
    await new Promise((resolve) => setTimeout(resolve));

    expect(heard).toEqual([]);
  });
});
