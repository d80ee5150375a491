import { text } from '../texts';
import { backoff } from './backoff';
import { ConsoleRefused, openConsole, type ConsoleMode } from './ticket';

/** Close codes after which coming back by itself makes no sense. */
const FINAL_CODES = new Set([1003, 1008, 4001, 4002, 4003]);

export interface ConnectionListener {
  /** Takes an opening socket into use. */
  attach(socket: WebSocket): void;
  /** Lets go of the last socket. */
  detach(): void;
  /** Shows a state; null when the console is connected and needs no words. */
  say(state: string, words: string | null): void;
}

/** Keeps a console connected while it is wanted: a fresh ticket for each try, longer waits after each failure. */
export class Connection {
  private wanted = false;
  private generation = 0;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private socket: WebSocket | undefined;

  constructor(
    private readonly listener: ConnectionListener,
    private readonly tickets: () => string,
    private readonly mode: () => ConsoleMode,
  ) {}

  /** Connects, unless it is connected or on its way. */
  start(): void {
    if (!this.wanted) {
      this.wanted = true;
      this.tries = 0;
      void this.connect();
    }
  }

  /** Disconnects and says why. */
  stop(state: string, words: string): void {
    this.wanted = false;
    this.close();
    this.listener.say(state, words);
  }

  /** Drops the connection and makes a new one at once. */
  restart(): void {
    this.close();
    this.wanted = true;
    this.tries = 0;
    void this.connect();
  }

  private close(): void {
    this.generation++;
    clearTimeout(this.timer);
    this.listener.detach();
    this.socket?.close();
    this.socket = undefined;
  }

  private async connect(): Promise<void> {
    const generation = ++this.generation;
    this.listener.say('connecting', text(this.tries === 0 ? 'Console.Connecting' : 'Console.Reconnecting'));
    try {
      const socket = await openConsole(this.tickets(), this.mode());
      if (generation !== this.generation) {
        socket.close();
        return;
      }
      this.use(socket, generation);
    } catch (error) {
      if (generation === this.generation) {
        this.refused(error);
      }
    }
  }

  private use(socket: WebSocket, generation: number): void {
    this.socket = socket;
    socket.addEventListener('open', () => {
      if (generation === this.generation) {
        this.tries = 0;
        this.listener.say('connected', null);
      }
    });
    socket.addEventListener('close', (event) => {
      if (generation !== this.generation) {
        return;
      }
      this.listener.detach();
      if (FINAL_CODES.has(event.code)) {
        this.wanted = false;
        this.listener.say('ended', text(`Console.End.${event.reason || 'closed'}`));
      } else {
        this.again(text(event.reason ? `Console.End.${event.reason}` : 'Console.Lost'));
      }
    });
    this.listener.attach(socket);
  }

  private refused(error: unknown): void {
    const refusal = error instanceof ConsoleRefused ? error : new ConsoleRefused(String(error), 0);
    const words = refusal.message || text('Console.Unreachable');
    if (refusal.mayPass) {
      this.again(words);
    } else {
      this.wanted = false;
      this.listener.say('ended', words);
    }
  }

  private again(words: string): void {
    if (!this.wanted) {
      return;
    }
    this.listener.say('waiting', `${words} ${text('Console.TryingAgain')}`);
    this.timer = setTimeout(() => void this.connect(), backoff(this.tries++));
  }
}
