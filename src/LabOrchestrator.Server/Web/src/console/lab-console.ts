import RFB from '@novnc/novnc';
import { text } from '../texts';
import { Connection, type ConnectionListener } from './connection';
import { ConsolePanel } from './panel';
import { Typist } from './typist';

/**
 * A machine's screen. Attributes: `tickets`, the address that gives out tickets; `mode`, view or interact; `wanted`, present while it
 * should be connected; `absent`, the words to show while it should not.
 */
export class LabConsole extends HTMLElement implements ConnectionListener {
  static readonly observedAttributes = ['wanted', 'absent'];

  private readonly connection = new Connection(
    this,
    () => this.getAttribute('tickets') ?? '',
    () => (this.getAttribute('mode') === 'view' ? 'view' : 'interact'),
  );
  private panel: ConsolePanel | undefined;
  private rfb: RFB | undefined;
  private typist: Typist | undefined;

  connectedCallback(): void {
    this.panel ??= this.build();
    this.follow();
  }

  disconnectedCallback(): void {
    this.connection.stop('absent', '');
  }

  attributeChangedCallback(): void {
    if (this.panel) {
      this.follow();
    }
  }

  override focus(): void {
    this.rfb?.focus();
  }

  attach(socket: WebSocket): void {
    const rfb = new RFB(this.panel!.screen, socket, { shared: true });
    rfb.scaleViewport = true;
    rfb.viewOnly = this.isViewOnly;
    rfb.background = 'var(--bs-tertiary-bg)';
    if (!this.isViewOnly) {
      // noVNC leaves its canvas to the mouse.
      this.panel!.screen.querySelector('canvas')!.tabIndex = 0;
    }
    rfb.addEventListener(
      'clipboard',
      (event) => void this.copied((event as CustomEvent<{ text: string }>).detail.text),
    );
    rfb.addEventListener('securityfailure', () => this.say('waiting', text('Console.Refused')));
    this.rfb = rfb;
  }

  detach(): void {
    this.typist?.cancel();
    this.rfb = undefined;
    this.panel?.screen.replaceChildren();
  }

  say(state: string, words: string | null): void {
    this.dataset['state'] = state;
    this.panel?.say(words);
  }

  private get isViewOnly(): boolean {
    return this.getAttribute('mode') === 'view';
  }

  private follow(): void {
    if (this.hasAttribute('wanted')) {
      this.connection.start();
    } else {
      this.connection.stop('absent', this.getAttribute('absent') ?? '');
    }
  }

  private build(): ConsolePanel {
    const panel = new ConsolePanel(this, 'lab-console-screen');
    panel.screen.setAttribute('role', 'application');
    panel.screen.setAttribute('aria-label', text('Console.Screen', this.getAttribute('machine') ?? ''));
    if (!this.isViewOnly) {
      panel.button(text('Console.CtrlAltDel'), () => this.rfb?.sendCtrlAltDel());
      panel.button(text('Console.Paste'), () => this.paste());
    }
    panel.button(text('Console.FullScreen'), () => void this.requestFullscreen());
    panel.button(text('Console.Reconnect'), () => this.connection.restart());
    return panel;
  }

  private paste(): void {
    this.panel!.ask(
      text('Console.PasteTitle'),
      [
        [text('Console.TypeKeys'), (words) => void this.type(words)],
        [text('Console.SendClipboard'), (words) => this.rfb?.clipboardPasteFrom(words)],
      ],
      () => this.typist?.cancel(),
    );
  }

  private async type(words: string): Promise<void> {
    this.typist?.cancel();
    const typist = new Typist((keysym) => this.rfb?.sendKey(keysym, null));
    this.typist = typist;
    const done = await typist.type(words, (typed, all) =>
      this.panel!.note(text('Console.Typing', String(typed), String(all))),
    );
    this.panel!.note(done ? '' : text('Console.TypingCancelled'));
    this.rfb?.focus();
  }

  private async copied(words: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(words);
      this.panel!.note(text('Console.Copied'));
    } catch {
      // No permission, or no secure context: the text is shown, to be copied by hand.
      this.panel!.ask(text('Console.CopiedTitle'), [], () => {}, words);
    }
  }
}
