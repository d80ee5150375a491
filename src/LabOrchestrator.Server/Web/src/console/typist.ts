import { keysymsOf } from './keysyms';

/** Characters typed in a second; guests in software emulation lose keys above about a hundred. */
const PER_SECOND = 40;

/** Types a text key by key, slowly enough for a console, until it is done or cancelled. */
export class Typist {
  private cancelled = false;

  constructor(private readonly press: (keysym: number) => void) {}

  cancel(): void {
    this.cancelled = true;
  }

  /** Resolves to whether everything was typed. */
  async type(text: string, progress: (done: number, all: number) => void): Promise<boolean> {
    const keysyms = keysymsOf(text);
    for (const [index, keysym] of keysyms.entries()) {
      if (this.cancelled) {
        return false;
      }
      this.press(keysym);
      progress(index + 1, keysyms.length);
      await new Promise((resolve) => setTimeout(resolve, 1000 / PER_SECOND));
    }
    return true;
  }
}
