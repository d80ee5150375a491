/** What the server says of an upload. */
export interface Upload {
  id: number;
  name: string;
  size: number;
  offset: number;
  state: 'Uploading' | 'Checking' | 'Converting' | 'Storing' | 'Ready' | 'Failed';
  percent: number | null;
  reason: string | null;
}

const PIECE = 8 * 1024 * 1024;
const LONGEST_PAUSE = 15_000;

/** Sends a file piece by piece from where the server has it, over breaks, until it is told to pause. */
export class Sender {
  private stopping = new AbortController();
  private isRunning = false;

  constructor(
    private readonly address: string,
    private readonly file: Blob,
    private readonly changed: (offset: number) => void,
    private readonly firstPause = 1000,
  ) {}

  get isSending(): boolean {
    return this.isRunning;
  }

  pause(): void {
    this.stopping.abort();
  }

  /** Resolves when all is sent, or paused; with what the server refused, if it did. */
  async send(): Promise<string | null> {
    this.stopping = new AbortController();
    this.isRunning = true;
    try {
      return await this.sendPieces(this.stopping.signal);
    } finally {
      this.isRunning = false;
    }
  }

  private async sendPieces(stopped: AbortSignal): Promise<string | null> {
    let pause = this.firstPause;
    let offset: number | null = null;
    while (!stopped.aborted) {
      try {
        offset ??= await this.ask(stopped);
        this.changed(offset);
        if (offset >= this.file.size) {
          return null;
        }
        const answer = await fetch(this.address, {
          method: 'PATCH',
          headers: { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) },
          body: this.file.slice(offset, offset + PIECE),
          signal: stopped,
        });
        if (answer.ok) {
          offset = Number(answer.headers.get('Upload-Offset'));
          pause = this.firstPause;
          continue;
        }
        if (answer.status !== 409 && answer.status < 500) {
          return await reasonOf(answer);
        }
      } catch {
        // The connection broke, or somebody pauses.
      }
      offset = null;
      await sleep(pause, stopped);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
    return null;
  }

  /** How many bytes the server has; a refusal is thrown as any break, for the next piece tells it. */
  private async ask(stopped: AbortSignal): Promise<number> {
    const answer = await fetch(this.address, { method: 'HEAD', signal: stopped });
    const offset = answer.headers.get('Upload-Offset');
    if (offset === null) {
      if (answer.status === 404) {
        // Removed meanwhile: there is nothing to go on with.
        this.stopping.abort();
      }
      throw new Error(String(answer.status));
    }
    return Number(offset);
  }
}

/** The sentence of a refusal. */
export async function reasonOf(answer: Response): Promise<string> {
  const problem = (await answer.json().catch(() => ({}))) as {
    detail?: string;
    title?: string;
    errors?: Record<string, string[]>;
  };
  const fields = Object.values(problem.errors ?? {}).flat();
  return fields.length ? fields.join(' ') : (problem.detail ?? problem.title ?? String(answer.status));
}

function sleep(milliseconds: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    stopped.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
