import { text } from '../texts';
import type { Upload } from './sender';

/** What this page does for an upload: sends it, has paused, or does not have its file. */
export type Sending = 'sending' | 'paused' | 'elsewhere';

/** What a user may want of an upload. */
export interface UploadActions {
  pause(): void;
  resume(): void;
  choose(file: File): void;
  remove(): void;
}

/** An upload in the list. Its elements stay, so that who is about to press one of them can. */
export class UploadItem {
  readonly element = document.createElement('li');
  private readonly state = document.createElement('span');
  private readonly progress = document.createElement('progress');
  private readonly reason = document.createElement('p');
  private readonly button: HTMLButtonElement;
  private readonly file = document.createElement('input');
  private readonly fileLabel = document.createElement('label');
  private last: string;
  private action: 'pause' | 'resume' = 'pause';

  constructor(
    private upload: Upload,
    actions: UploadActions,
  ) {
    this.last = upload.state;
    this.element.className = 'list-group-item';
    this.element.dataset['upload'] = upload.name;
    const name = document.createElement('strong');
    name.textContent = upload.name;
    this.progress.className = 'd-block w-100 my-1';
    this.progress.max = 100;
    this.progress.setAttribute('aria-label', text('Uploads.Progress', upload.name));
    this.reason.className = 'mb-1';
    this.button = this.press(() => actions[this.action]());
    const remove = this.press(() => actions.remove());
    this.label(remove, text('Uploads.Remove'));
    this.file.type = 'file';
    this.file.className = 'form-control form-control-sm';
    this.file.id = `upload-file-${upload.id}`;
    this.file.addEventListener('change', () => {
      const chosen = this.file.files?.[0];
      this.file.value = '';
      if (chosen) {
        actions.choose(chosen);
      }
    });
    this.fileLabel.htmlFor = this.file.id;
    this.fileLabel.className = 'form-label mb-0';
    this.fileLabel.textContent = text('Uploads.ChooseAgain');
    this.element.append(
      name,
      ' ',
      this.state,
      this.progress,
      this.reason,
      this.fileLabel,
      this.file,
      this.button,
      ' ',
      remove,
    );
  }

  /** Notes bytes that arrived, between two looks at the server. */
  sent(offset: number): void {
    if (offset >= this.upload.offset) {
      this.upload = { ...this.upload, offset };
      this.showProgress();
    }
  }

  /** Shows an upload as it is now; the new state where that is other than before. */
  show(upload: Upload, sending: Sending): string | null {
    this.upload = upload;
    const isMissing = upload.state === 'Uploading' && upload.offset < upload.size;
    const word = isMissing && sending !== 'sending' ? 'Paused' : upload.state;
    this.element.dataset['uploadState'] = word;
    this.showProgress();
    this.reason.textContent = upload.reason ?? '';
    this.reason.hidden = !upload.reason;
    this.button.hidden = !isMissing || sending === 'elsewhere';
    this.action = sending === 'sending' ? 'pause' : 'resume';
    this.label(this.button, text(sending === 'sending' ? 'Uploads.Pause' : 'Uploads.Resume'));
    this.fileLabel.hidden = this.file.hidden = !isMissing || sending !== 'elsewhere';
    const isNews = word !== this.last;
    this.last = word;
    return isNews ? text(`Uploads.State.${word}`) : null;
  }

  private showProgress(): void {
    const { state, size, offset, percent } = this.upload;
    const done = state === 'Uploading' ? Math.floor((100 * offset) / size) : percent;
    this.progress.hidden = state === 'Ready' || state === 'Failed';
    if (done === null) {
      this.progress.removeAttribute('value');
    } else {
      this.progress.value = done;
    }
    const word = text(`Uploads.State.${this.element.dataset['uploadState'] ?? state}`);
    this.state.textContent = this.progress.hidden || done === null ? word : text('Uploads.StateAt', word, String(done));
  }

  private press(pressed: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm btn-outline-secondary mt-1';
    button.addEventListener('click', pressed);
    return button;
  }

  // Several buttons have the same word; who cannot see which upload they stand beside hears its name.
  private label(button: HTMLButtonElement, word: string): void {
    if (button.textContent !== word) {
      button.textContent = word;
      button.setAttribute('aria-label', `${word} ${this.upload.name}`);
    }
  }
}
