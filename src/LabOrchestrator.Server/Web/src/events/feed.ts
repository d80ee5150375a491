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

/**
 * Hears of the user's instances. All tabs of a browser share one stream, since HTTP/1.1 allows six connections: the tab that holds the
 * lock has it and tells the others.
 */
export function watchInstances(changed: (instance: InstanceEvent) => void): void {
  const open = (tell: (instance: InstanceEvent) => void): EventSource => {
    const source = new EventSource('/api/v1/events');
    source.addEventListener('instance', (event) =>
      tell(JSON.parse((event as MessageEvent<string>).data) as InstanceEvent),
    );
    return source;
  };
  if (!('locks' in navigator)) {
    open(changed);
    return;
  }
  const channel = new BroadcastChannel('lab-instances');
  const newest = new Map<number, InstanceEvent>();
  let leads = false;
  channel.addEventListener('message', (event: MessageEvent<InstanceEvent | 'hello'>) => {
    if (event.data === 'hello') {
      // A tab that has just opened gets what the others know.
      if (leads) {
        newest.forEach((instance) => channel.postMessage(instance));
      }
    } else {
      changed(event.data);
    }
  });
  channel.postMessage('hello');
  void navigator.locks.request('lab-instances', () => {
    leads = true;
    open((instance) => {
      newest.set(instance.id, instance);
      channel.postMessage(instance);
      changed(instance);
    });
    // Held until the tab is closed.
    return new Promise<never>(() => {});
  });
}
