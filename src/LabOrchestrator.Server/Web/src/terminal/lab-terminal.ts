import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { Connection, type ConnectionListener } from '../console/connection';
import { ConsolePanel } from '../console/panel';
import { text } from '../texts';
import { inputFrames, resizeFrame } from './frames';
import { withStyleNonce } from './nonce';
import { TerminalSession } from './session';
import { palette } from './palette';

/** A machine's terminal. Its attributes are those of `lab-console`. */
export class LabTerminal extends HTMLElement implements ConnectionListener {
  static readonly observedAttributes = ['wanted', 'absent'];

  private readonly connection = new Connection(
    this,
    () => this.getAttribute('tickets') ?? '',
    () => (this.isViewOnly ? 'view' : 'interact'),
  );
  private readonly encoder = new TextEncoder();
  private panel: ConsolePanel | undefined;
  private terminal: Terminal | undefined;
  private fit: FitAddon | undefined;
  private session: TerminalSession | undefined;
  private socket: WebSocket | undefined;

  connectedCallback(): void {
    if (!this.panel) {
      this.build();
    }
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
    this.terminal?.focus();
  }

  attach(socket: WebSocket): void {
    this.socket = socket;
    socket.addEventListener('open', () => {
      this.session!.begin((frame) => this.send(frame));
      this.resize();
    });
    socket.addEventListener('message', (event) => this.session!.receive(event.data as ArrayBuffer));
  }

  detach(): void {
    this.session?.end();
    this.socket = undefined;
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

  private build(): void {
    const panel = new ConsolePanel(this, 'lab-terminal-screen');
    this.panel = panel;
    const terminal = new Terminal({
      cursorBlink: true,
      disableStdin: this.isViewOnly,
      fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
      fontSize: 14,
      scrollback: 5000,
      theme: palette,
      minimumContrastRatio: 4.5,
    });
    this.terminal = terminal;
    this.fit = new FitAddon();
    terminal.loadAddon(this.fit);
    withStyleNonce(this.dataset['nonce'] ?? '', () => terminal.open(panel.screen));
    terminal.textarea?.setAttribute('aria-label', text('Console.TerminalOf', this.getAttribute('machine') ?? ''));
    this.session = new TerminalSession(
      terminal,
      (bytes) => text('Terminal.Lost', bytes),
      (code) => text('Terminal.Ended', code),
    );
    terminal.onData((data) => this.input(this.encoder.encode(data)));
    terminal.onBinary((data) => this.input(Uint8Array.from(data, (c) => c.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => this.send(resizeFrame(cols, rows)));
    terminal.attachCustomKeyEventHandler((event) => this.handleKey(event));
    new ResizeObserver(() => this.resize()).observe(panel.screen);
    this.addTools(panel, terminal);
  }

  private addTools(panel: ConsolePanel, terminal: Terminal): void {
    if (!this.isViewOnly) {
      panel.button(text('Console.Paste'), () =>
        panel.ask(text('Console.PasteTitle'), [[text('Terminal.Insert'), (words) => terminal.paste(words)]], () => {}),
      );
    }
    panel.button(text('Console.FullScreen'), () => void this.requestFullscreen());
    panel.button(text('Console.Reconnect'), () => this.connection.restart());
    const reader = panel.button(text('Terminal.ScreenReader'), () => {
      terminal.options.screenReaderMode = !terminal.options.screenReaderMode;
      reader.setAttribute('aria-pressed', String(terminal.options.screenReaderMode));
    });
    reader.setAttribute('aria-pressed', 'false');
  }

  /** Ctrl+Shift+C and Ctrl+Shift+V copy and paste, as in other terminals; everything else goes to the machine. */
  private handleKey(event: KeyboardEvent): boolean {
    if (event.type === 'keydown' && event.ctrlKey && event.shiftKey && event.code === 'KeyC') {
      event.preventDefault();
      void navigator.clipboard?.writeText(this.terminal!.getSelection());
      return false;
    }
    // The browser pastes by itself; xterm.js must not send Ctrl+V besides.
    return !(event.ctrlKey && event.shiftKey && event.code === 'KeyV') && !(event.ctrlKey && event.key === 'F6');
  }

  private resize(): void {
    if (this.panel!.screen.clientWidth > 0 && this.panel!.screen.clientHeight > 0) {
      this.fit!.fit();
      this.send(resizeFrame(this.terminal!.cols, this.terminal!.rows));
    }
  }

  private input(bytes: Uint8Array): void {
    if (!this.isViewOnly) {
      inputFrames(bytes).forEach((frame) => this.send(frame));
    }
  }

  private send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(frame);
    }
  }
}
