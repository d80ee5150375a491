import { text } from '../texts';

type Choice = [label: string, take: (words: string) => void];

/** What screens and terminals have around them: a tool bar, a line for their state, and a question with a text. */
export class ConsolePanel {
  readonly screen = document.createElement('div');
  private readonly tools = document.createElement('div');
  private readonly state = document.createElement('p');
  private readonly remark = document.createElement('span');
  private readonly dialog = document.createElement('dialog');

  constructor(host: HTMLElement, screenClass: string) {
    this.tools.className = 'console-tools';
    this.tools.setAttribute('role', 'toolbar');
    this.tools.setAttribute('aria-label', text('Console.Tools'));
    this.remark.className = 'console-remark';
    this.remark.setAttribute('role', 'status');
    this.state.className = 'console-state';
    this.state.setAttribute('role', 'status');
    this.screen.className = screenClass;
    this.dialog.className = 'console-dialog';
    this.tools.append(this.remark);
    host.replaceChildren(this.tools, this.state, this.screen, this.dialog);
    // Screens and terminals take every key, Tab included; this one leads out of them.
    host.addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'F6' && event.ctrlKey) {
          event.preventDefault();
          event.stopImmediatePropagation();
          this.tools.querySelector('button')?.focus();
        }
      },
      { capture: true },
    );
  }

  button(label: string, act: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm btn-outline-secondary';
    button.textContent = label;
    button.addEventListener('click', act);
    this.remark.before(button);
    return button;
  }

  link(label: string, address: string): void {
    const link = document.createElement('a');
    link.className = 'btn btn-sm btn-outline-secondary';
    link.textContent = label;
    link.href = address;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    this.remark.before(link);
  }

  /** Shows words over the screen; null takes them away. */
  say(words: string | null): void {
    this.state.textContent = words ?? '';
    this.state.hidden = words === null || words === '';
  }

  /** Shows a passing remark in the tool bar. */
  note(words: string): void {
    this.remark.textContent = words;
  }

  /** Asks for a text, or shows one. */
  ask(title: string, choices: Choice[], cancel: () => void, words = ''): void {
    const heading = document.createElement('h2');
    heading.className = 'h6';
    heading.textContent = title;
    const area = document.createElement('textarea');
    area.className = 'form-control';
    area.rows = 6;
    area.value = words;
    area.setAttribute('aria-label', title);
    const buttons = document.createElement('div');
    buttons.className = 'console-dialog-buttons';
    const add = (label: string, style: string, act: () => void): void => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = `btn btn-sm ${style}`;
      button.textContent = label;
      button.addEventListener('click', () => {
        this.dialog.close();
        act();
      });
      buttons.append(button);
    };
    choices.forEach(([label, take], index) =>
      add(label, index === 0 ? 'btn-primary' : 'btn-outline-primary', () => take(area.value)),
    );
    add(text('Console.Close'), 'btn-outline-secondary', cancel);
    this.dialog.replaceChildren(heading, area, buttons);
    this.dialog.setAttribute('aria-label', title);
    this.dialog.showModal();
    area.focus();
  }
}
