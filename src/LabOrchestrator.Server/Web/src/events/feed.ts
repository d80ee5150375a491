/** An instance as the server's events tell it; what the page needs of it. */
export interface InstanceEvent {
  id: number;
  version: number;
  phase: string;
  reason?: string | null;
  remark?: string | null;
  queuePlace?: number | null;
  machines: MachineEvent[];
}

export interface MachineEvent {
  name: string;
  phase: string;
  stage?: string | null;
  percent?: number | null;
  reason?: string | null;
  remark?: string | null;
  addresses?: string[];
  agentConnected?: boolean | null;
}

/** What the tabs of a browser tell each other: news of an instance, that a tab has just begun, that the stream has. */
type Told = InstanceEvent | 'hello' | 'opened';

/**
 * Follows the instances that a page shows. All tabs of a browser share one stream, since HTTP/1.1 allows six connections: the tab that
 * holds the lock has it and tells the others.
 *
 * @param shown Identities of the instances that the page shows.
 * @param changed Is told each new state, also those of other instances.
 */
export function watchInstances(shown: readonly number[], changed: (instance: InstanceEvent) => void): void {
  const heard = new Set<number>();
  const take = (told: Told): void => {
    if (told === 'opened') {
      // Nobody tells any more what ended while no stream was open.
      heard.clear();
      shown.forEach((id) => void catchUp(id));
    } else if (told !== 'hello') {
      heard.add(told.id);
      changed(told);
    }
  };
  const catchUp = async (id: number): Promise<void> => {
    const instance = await stateOf(id);
    if (instance && !heard.has(id)) {
      changed(instance);
    }
  };
  if (!('locks' in navigator)) {
    open(take);
    return;
  }
  const channel = new BroadcastChannel('lab-instances');
  const newest = new Map<number, InstanceEvent>();
  let leads = false;
  channel.addEventListener('message', (event: MessageEvent<Told>) => {
    if (event.data !== 'hello') {
      take(event.data);
    } else if (leads) {
      // A tab that has just opened gets what the others know.
      newest.forEach((instance) => channel.postMessage(instance));
    }
  });
  channel.postMessage('hello');
  void navigator.locks.request('lab-instances', () => {
    leads = true;
    open((told) => {
      if (typeof told === 'object') {
        newest.set(told.id, told);
      }
      channel.postMessage(told);
      take(told);
    });
    // Held until the tab is closed.
    return new Promise<never>(() => {});
  });
}

function open(tell: (told: Told) => void): void {
  const source = new EventSource('/api/v1/events');
  source.addEventListener('open', () => tell('opened'));
  source.addEventListener('instance', (event) =>
    tell(JSON.parse((event as MessageEvent<string>).data) as InstanceEvent),
  );
}

/** Asks for an instance; nothing where it is not known, or nobody answers: then the stream opens anew, and it is asked for again. */
async function stateOf(id: number): Promise<InstanceEvent | undefined> {
  try {
    const response = await fetch(`/api/v1/instances/${id}`, { headers: { Accept: 'application/json' } });
    return response.ok ? ((await response.json()) as InstanceEvent) : undefined;
  } catch {
    return undefined;
  }
}
