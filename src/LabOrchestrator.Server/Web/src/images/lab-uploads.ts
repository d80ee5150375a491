import { text } from '../texts';
import { reasonOf, Sender, type Upload } from './sender';
import { UploadItem } from './upload-item';

const ADDRESS = '/api/v1/image-uploads';
const OFTEN = 1000;
const SELDOM = 10_000;

/** Uploads of disks: a form that begins one, and a list of all that shows how far they are. */
export class LabUploads extends HTMLElement {
  private readonly senders = new Map<number, Sender>();
  private readonly items = new Map<number, UploadItem>();
  private timer = 0;

  connectedCallback(): void {
    const form = this.querySelector('form')!;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.begin(form);
    });
    form.querySelector<HTMLInputElement>('[name=file]')!.addEventListener('change', (event) => {
      const name = form.querySelector<HTMLInputElement>('[name=name]')!;
      name.value ||= ((event.target as HTMLInputElement).files?.[0]?.name ?? '').replace(/\.[^.]*$/, '');
    });
    addEventListener('beforeunload', (event) => {
      if ([...this.senders.values()].some((sender) => sender.isSending)) {
        event.preventDefault();
      }
    });
    void this.look();
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
  }

  private async begin(form: HTMLFormElement): Promise<void> {
    const values = new FormData(form);
    const file = values.get('file') as File;
    const button = form.querySelector('button')!;
    button.disabled = true;
    try {
      const answer = await fetch(ADDRESS, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          name: values.get('name'),
          size: file.size,
          description: values.get('description') || null,
          loginUser: values.get('loginUser') || null,
          hardware: {
            firmware: values.get('firmware'),
            diskBus: values.get('diskBus'),
            nic: values.get('nic'),
            tpm: values.has('tpm'),
            tablet: values.has('tablet'),
          },
        }),
      });
      if (!answer.ok) {
        this.complain(await reasonOf(answer));
        return;
      }
      this.complain('');
      form.reset();
      void this.send((await answer.json()) as Upload, file);
    } catch {
      this.complain(text('Uploads.Away'));
    } finally {
      button.disabled = false;
    }
  }

  /** Sends a file, or goes on with it. */
  private async send(upload: Upload, file: File): Promise<void> {
    if (file.size !== upload.size) {
      this.complain(text('Uploads.OtherFile', upload.name));
      return;
    }
    this.complain('');
    const sender = new Sender(`${ADDRESS}/${upload.id}`, file, (offset) => this.items.get(upload.id)?.sent(offset));
    this.senders.set(upload.id, sender);
    await this.go(sender);
  }

  private async go(sender: Sender): Promise<void> {
    const sending = sender.send();
    void this.look();
    const refusal = await sending;
    if (refusal) {
      this.complain(refusal);
    }
    void this.look();
  }

  private async look(): Promise<void> {
    clearTimeout(this.timer);
    const answer = await fetch(ADDRESS).catch(() => null);
    let isBusy = true;
    if (answer?.ok) {
      const uploads = (await answer.json()) as Upload[];
      isBusy = uploads.some((upload) => upload.state !== 'Ready' && upload.state !== 'Failed');
      this.show(uploads);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), isBusy ? OFTEN : SELDOM);
  }

  private show(uploads: Upload[]): void {
    const list = this.querySelector('[data-uploads]')!;
    for (const [id, item] of this.items) {
      if (!uploads.some((upload) => upload.id === id)) {
        item.element.remove();
        this.items.delete(id);
        this.senders.delete(id);
      }
    }
    for (const upload of [...uploads].reverse()) {
      let item = this.items.get(upload.id);
      if (!item) {
        item = new UploadItem(upload, {
          pause: () => this.senders.get(upload.id)?.pause(),
          resume: () => void this.resume(upload.id),
          choose: (file) => void this.send(upload, file),
          remove: () => void this.removeUpload(upload),
        });
        this.items.set(upload.id, item);
        list.prepend(item.element);
      }
      const sender = this.senders.get(upload.id);
      const news = item.show(upload, sender ? (sender.isSending ? 'sending' : 'paused') : 'elsewhere');
      if (news) {
        this.querySelector('[data-upload-news]')!.textContent = `${upload.name}: ${news}`;
      }
    }
  }

  private async resume(id: number): Promise<void> {
    const sender = this.senders.get(id);
    if (sender && !sender.isSending) {
      await this.go(sender);
    }
  }

  private async removeUpload(upload: Upload): Promise<void> {
    const isOpen = upload.state !== 'Ready' && upload.state !== 'Failed';
    if (isOpen && !confirm(text('Uploads.ConfirmRemove', upload.name))) {
      return;
    }
    this.senders.get(upload.id)?.pause();
    await fetch(`${ADDRESS}/${upload.id}`, { method: 'DELETE' }).catch(() => null);
    await this.look();
  }

  private complain(sentence: string): void {
    const place = this.querySelector<HTMLElement>('[data-upload-problem]')!;
    place.textContent = sentence;
    place.hidden = sentence === '';
  }
}
