import { backoff } from '../console/backoff';
import { ConsolePanel } from '../console/panel';
import { ConsoleRefused, getTicket } from '../console/ticket';
import { text } from '../texts';

// What a machine's page may do in our frame. It may not lead this page elsewhere. Where it has a host of its own it keeps its origin there.
const ALLOWED = 'allow-scripts allow-forms allow-modals allow-popups allow-downloads allow-pointer-lock';

/**
 * A web page of a machine, in a frame. Attributes: `tickets`, the address that gives out tickets; `open`, the address that opens it in a
 * tab of its own; `locked`, present where the page has no host of its own; `wanted`, present while it should be shown; `absent`, the words
 * to show while it should not.
 */
export class LabWeb extends HTMLElement {
  static readonly observedAttributes = ['wanted', 'absent'];

  private panel: ConsolePanel | undefined;
  private frame: HTMLIFrameElement | undefined;
  private generation = 0;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isWanted = false;

  connectedCallback(): void {
    this.panel ??= this.build();
    this.follow();
  }

  disconnectedCallback(): void {
    this.stop('');
  }

  attributeChangedCallback(): void {
    if (this.panel) {
      this.follow();
    }
  }

  override focus(): void {
    this.frame?.focus();
  }

  private follow(): void {
    const isWanted = this.hasAttribute('wanted');
    if (isWanted && !this.isWanted) {
      this.restart();
    } else if (!isWanted) {
      this.stop(this.getAttribute('absent') ?? '');
    }
    this.isWanted = isWanted;
  }

  private restart(): void {
    this.tries = 0;
    void this.open();
  }

  private stop(words: string): void {
    this.generation++;
    clearTimeout(this.timer);
    this.frame?.remove();
    this.frame = undefined;
    this.say('absent', words);
  }

  private async open(): Promise<void> {
    clearTimeout(this.timer);
    const generation = ++this.generation;
    this.say('connecting', text('Console.Connecting'));
    try {
      const { address } = await getTicket(this.getAttribute('tickets') ?? '', 'interact');
      if (generation === this.generation) {
        this.show(address);
      }
    } catch (error) {
      if (generation === this.generation) {
        this.refused(error);
      }
    }
  }

  private show(address: string): void {
    this.frame?.remove();
    const frame = document.createElement('iframe');
    frame.className = 'lab-web-frame';
    frame.title = text('Web.PageOf', this.getAttribute('machine') ?? '');
    frame.setAttribute('sandbox', this.hasAttribute('locked') ? ALLOWED : `${ALLOWED} allow-same-origin`);
    // Nothing that asks the person once for all of our page, such as reading the clipboard, is handed on.
    frame.allow = 'fullscreen; clipboard-write';
    frame.referrerPolicy = 'no-referrer';
    frame.addEventListener('load', () => {
      this.tries = 0;
      this.say('connected', null);
    });
    frame.src = address;
    this.frame = frame;
    this.panel!.screen.replaceChildren(frame);
  }

  private refused(error: unknown): void {
    const refusal = error instanceof ConsoleRefused ? error : new ConsoleRefused(String(error), 0);
    const words = refusal.message || text('Console.Unreachable');
    if (refusal.mayPass) {
      this.say('waiting', `${words} ${text('Console.TryingAgain')}`);
      this.timer = setTimeout(() => void this.open(), backoff(this.tries++));
    } else {
      this.say('ended', words);
    }
  }

  private say(state: string, words: string | null): void {
    this.dataset['state'] = state;
    this.panel?.say(words);
  }

  private build(): ConsolePanel {
    const panel = new ConsolePanel(this, 'lab-web-screen');
    panel.button(text('Web.Reload'), () => this.restart());
    panel.link(text('Web.OwnTab'), this.getAttribute('open') ?? '');
    panel.button(text('Console.FullScreen'), () => void this.requestFullscreen());
    if (this.hasAttribute('locked')) {
      panel.note(text('Web.Locked'));
    }
    return panel;
  }
}
