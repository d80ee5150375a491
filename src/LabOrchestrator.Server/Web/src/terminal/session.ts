import { attachFrame, continueFrame, pauseFrame, readFrame } from './frames';

/** Bytes written to the terminal and not yet shown, above and below which the keeper is told to pause and to go on. */
const HIGH_WATER = 400_000;
const LOW_WATER = 100_000;

export interface Screen {
  write(bytes: Uint8Array | string, done?: () => void): void;
  reset(): void;
}

/** What a terminal knows of its keeper over reconnections: which byte comes next, and how much is still to be shown. */
export class TerminalSession {
  private epoch: bigint | undefined;
  private next = 0n;
  private pending = 0;
  private paused = false;
  private send: (frame: Uint8Array<ArrayBuffer>) => void = () => {};

  constructor(
    private readonly screen: Screen,
    private readonly lostWords: (bytes: string) => string,
    private readonly exitWords: (code: string) => string,
  ) {}

  /** Begins on a new socket: asks for what was missed, all of it at the first time. */
  begin(send: (frame: Uint8Array<ArrayBuffer>) => void): void {
    this.send = send;
    this.paused = false;
    send(attachFrame(this.next));
  }

  end(): void {
    this.send = () => {};
  }

  receive(message: ArrayBuffer): void {
    const frame = readFrame(message);
    switch (frame.type) {
      case 'hello':
        this.welcome(frame.epoch, frame.next);
        break;
      case 'output':
        this.show(frame.bytes);
        this.next = frame.first + BigInt(frame.bytes.length);
        break;
      case 'lost':
        this.screen.write(`\r\n\x1b[7m${this.lostWords(String(frame.to - frame.from))}\x1b[0m\r\n`);
        this.next = frame.to;
        break;
      case 'exit':
        this.screen.write(`\r\n\x1b[7m${this.exitWords(String(frame.code))}\x1b[0m\r\n`);
        break;
      case 'unknown':
        break;
    }
  }

  private welcome(epoch: bigint, next: bigint): void {
    if (this.epoch !== undefined && epoch !== this.epoch) {
      // Another keeper, as after a restart of the machine: its numbers are new, and what is on the screen is no longer there.
      this.screen.reset();
      if (next !== 0n && this.next !== 0n) {
        this.next = 0n;
        this.epoch = epoch;
        this.send(attachFrame(0n));
        return;
      }
    }
    this.epoch = epoch;
    this.next = next;
  }

  private show(bytes: Uint8Array): void {
    this.pending += bytes.length;
    this.screen.write(bytes, () => {
      this.pending -= bytes.length;
      if (this.paused && this.pending < LOW_WATER) {
        this.paused = false;
        this.send(continueFrame);
      }
    });
    if (!this.paused && this.pending > HIGH_WATER) {
      this.paused = true;
      this.send(pauseFrame);
    }
  }
}
