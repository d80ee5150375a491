import { watchInstances, type InstanceEvent, type MachineEvent } from '../events/feed';
import { text } from '../texts';

const ENDED = new Set(['Stopped', 'Failed']);
const CONSOLES = 'lab-console, lab-terminal, lab-web';

/** The page of one instance: follows its state, shows the chosen machine, and has the consoles in sight connected. */
export class LabWorkspace extends HTMLElement {
  private instanceId = 0;
  private state: InstanceEvent | undefined;

  connectedCallback(): void {
    this.instanceId = Number(this.getAttribute('instance'));
    this.state = JSON.parse(this.getAttribute('state') ?? 'null') as InstanceEvent | undefined;
    this.addEventListener('click', (event) => this.clicked(event));
    this.addEventListener('keydown', (event) => this.pressed(event));
    const wanted = decodeURIComponent(location.hash.slice(1));
    const tabs = this.tabs();
    this.choose(tabs.find((tab) => tab.dataset['machine'] === wanted) ?? tabs[0]);
    this.show();
    watchInstances([this.instanceId], (instance) => {
      if (instance.id === this.instanceId) {
        this.state = instance;
        this.show();
      }
    });
  }

  private tabs(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[role=tab][data-machine]')];
  }

  private clicked(event: Event): void {
    const target = event.target as HTMLElement;
    const tab = target.closest<HTMLElement>('[role=tab][data-machine]');
    if (tab) {
      this.choose(tab);
      this.show();
    }
    const kind = target.closest<HTMLElement>('[data-console-choice]');
    if (kind) {
      this.chooseConsole(kind);
      this.show();
    }
    const secret = target.closest<HTMLElement>('[data-reveal]');
    if (secret) {
      this.reveal(secret);
    }
    const copy = target.closest<HTMLElement>('[data-copy]');
    if (copy) {
      void navigator.clipboard?.writeText(copy.dataset['copy']!).then(() => this.announce(text('Workspace.Copied')));
    }
  }

  /** Arrow keys, Home and End move between tabs, as the ARIA pattern of tabs has it. */
  private pressed(event: KeyboardEvent): void {
    const tabs = this.tabs();
    const at = tabs.indexOf(event.target as HTMLElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at >= 0 && to !== undefined) {
      event.preventDefault();
      const tab = tabs[(to + tabs.length) % tabs.length]!;
      this.choose(tab);
      tab.focus();
      this.show();
    }
  }

  private choose(chosen: HTMLElement | undefined): void {
    for (const tab of this.tabs()) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      tab.classList.toggle('active', isChosen);
      document.getElementById(tab.getAttribute('aria-controls')!)!.hidden = !isChosen;
    }
    if (chosen) {
      // A fragment alone would resolve against <base> and lead away from this page.
      history.replaceState(null, '', `${location.pathname}#${encodeURIComponent(chosen.dataset['machine']!)}`);
    }
  }

  private chooseConsole(button: HTMLElement): void {
    const panel = button.closest<HTMLElement>('[role=tabpanel]')!;
    for (const other of panel.querySelectorAll<HTMLElement>('[data-console-choice]')) {
      const isChosen = other === button;
      other.setAttribute('aria-pressed', String(isChosen));
      other.classList.toggle('active', isChosen);
      panel.querySelector<HTMLElement>(`[data-console="${other.dataset['consoleChoice']}"]`)!.hidden = !isChosen;
    }
  }

  private reveal(button: HTMLElement): void {
    const code = button.parentElement!.querySelector<HTMLElement>('[data-secret]')!;
    const isHidden = code.textContent !== code.dataset['secret'];
    code.textContent = isHidden ? code.dataset['secret']! : '••••••••';
    button.textContent = text(isHidden ? 'Workspace.Hide' : 'Workspace.Show');
    button.setAttribute('aria-pressed', String(isHidden));
  }

  private announce(words: string): void {
    this.querySelector('[data-announce]')!.textContent = words;
  }

  private show(): void {
    const state = this.state;
    if (!state) {
      return;
    }
    this.dataset['phase'] = state.phase;
    this.put('[data-instance-phase]', phaseWords(state));
    this.say('[data-instance-reason]', state.reason ?? '');
    this.say('[data-instance-remark]', state.remark ?? '');
    this.querySelectorAll<HTMLElement>('[data-when]').forEach((part) => {
      part.hidden = !part.dataset['when']!.split(' ').includes(state.phase);
    });
    state.machines.forEach((machine) => this.showMachine(state, machine));
  }

  private showMachine(state: InstanceEvent, machine: MachineEvent): void {
    const tab = this.tabs().find((t) => t.dataset['machine'] === machine.name);
    if (!tab) {
      return;
    }
    const panel = document.getElementById(tab.getAttribute('aria-controls')!)!;
    const words = machineWords(machine);
    tab.querySelector('[data-machine-phase]')!.textContent = words;
    tab.dataset['phase'] = machine.phase;
    panel.dataset['phase'] = machine.phase;
    const put = (selector: string, value: string): void => {
      const element = panel.querySelector<HTMLElement>(selector);
      if (element) {
        element.textContent = value;
        element.hidden = value === '';
      }
    };
    put('[data-machine-state]', words);
    put('[data-machine-reason]', machine.reason ?? '');
    put('[data-machine-remark]', machine.remark ?? '');
    put('[data-machine-addresses]', (machine.addresses ?? []).join(', '));
    put('[data-machine-agent]', machine.agentConnected ? text('Machine.Agent.Connected') : '');
    panel.querySelectorAll<HTMLElement>('[data-machine-when]').forEach((part) => {
      part.hidden = state.phase !== 'Running' || !part.dataset['machineWhen']!.split(' ').includes(machine.phase);
    });
    const isUp = !ENDED.has(state.phase) && (machine.phase === 'Running' || machine.phase === 'Paused');
    for (const console of panel.querySelectorAll<HTMLElement>(CONSOLES)) {
      console.setAttribute('absent', `${words} ${machine.reason ?? ''}`.trim());
      const isSeen = !panel.hidden && !console.hidden;
      // Once seen a console stays connected, so that going back to its machine is instant.
      console.toggleAttribute('wanted', isUp && (isSeen || console.hasAttribute('wanted')));
    }
  }

  private say(selector: string, words: string): void {
    this.put(selector, words);
    this.querySelector<HTMLElement>(selector)!.hidden = words === '';
  }

  private put(selector: string, words: string): void {
    const element = this.querySelector(selector)!;
    if (element.textContent !== words) {
      element.textContent = words;
    }
  }
}

function phaseWords(state: InstanceEvent): string {
  return state.queuePlace
    ? text('Instance.Phase.QueuedAt', String(state.queuePlace))
    : text(`Instance.Phase.${state.phase}`);
}

function machineWords(machine: MachineEvent): string {
  if (machine.stage && (machine.phase === 'Pending' || machine.phase === 'Starting')) {
    const stage = text(`Machine.Stage.${machine.stage}`);
    return machine.percent ? `${stage} ${machine.percent} %` : stage;
  }
  return text(`Machine.Phase.${machine.phase}`);
}
