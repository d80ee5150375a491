import 'bootstrap/dist/css/bootstrap.min.css';
import '../styles/site.css';
import { watchInstances } from './events/feed';
import { watchImageBuilds } from './images/builds';
import { LabUploads } from './images/lab-uploads';
import { text } from './texts';

// Bootstrap's colours follow the system, without a script in the page.
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = (): void => {
  document.documentElement.dataset['bsTheme'] = dark.matches ? 'dark' : 'light';
};
follow();
dark.addEventListener('change', follow);

// What cannot be undone is asked for once more, in words that say what is lost.
document.addEventListener('submit', (event) => {
  const question = (event.target as HTMLElement).dataset['confirm'];
  if (question && !confirm(question)) {
    event.preventDefault();
  }
});

const list = document.querySelector('[data-live-instances]');
if (list) {
  const rows = [...list.querySelectorAll<HTMLElement>('[data-instance]')];
  const shown = rows.map((row) => Number(row.dataset['instance']));
  watchInstances(shown, (instance) => {
    const phase = list.querySelector(`[data-instance="${instance.id}"] [data-instance-phase]`);
    if (phase) {
      phase.textContent = instance.queuePlace
        ? text('Instance.Phase.QueuedAt', String(instance.queuePlace))
        : text(`Instance.Phase.${instance.phase}`);
    }
  });
}

// A machine that was powered off meanwhile has no picture; an empty frame would say nothing.
document.querySelectorAll<HTMLImageElement>('img[data-screenshot]').forEach((image) => {
  const hide = (): void => {
    image.hidden = true;
  };
  image.addEventListener('error', hide);
  if (image.complete && image.naturalWidth === 0 && image.currentSrc) {
    hide();
  }
});

const builds = document.querySelector<HTMLElement>('[data-image-builds]');
if (builds) {
  watchImageBuilds(builds);
}

customElements.define('lab-uploads', LabUploads);
