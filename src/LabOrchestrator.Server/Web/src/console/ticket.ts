export type ConsoleMode = 'view' | 'interact';

/** Why a console could not be opened, in words for its user. */
export class ConsoleRefused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }

  /** Whether trying again by itself can help. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 409 || this.status === 429 || this.status >= 500;
  }
}

export interface Ticket {
  ticket: string;
  address: string;
}

/** Gets a ticket, which works once. */
export async function getTicket(tickets: string, mode: ConsoleMode): Promise<Ticket> {
  let response: Response;
  try {
    response = await fetch(tickets, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ mode }),
      credentials: 'same-origin',
    });
  } catch {
    throw new ConsoleRefused('', 0);
  }
  if (!response.ok) {
    throw new ConsoleRefused(await reasonOf(response), response.status);
  }
  return (await response.json()) as Ticket;
}

/** Gets a ticket and opens the console's socket with it. */
export async function openConsole(tickets: string, mode: ConsoleMode): Promise<WebSocket> {
  const { ticket } = await getTicket(tickets, mode);
  const address = new URL('/api/v1/console', location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('ticket', ticket);
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  return socket;
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { detail?: string; title?: string };
    return problem.detail ?? problem.title ?? '';
  } catch {
    return '';
  }
}
