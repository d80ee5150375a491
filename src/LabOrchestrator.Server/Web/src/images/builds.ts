import { text } from '../texts';

interface ImageBuild {
  name: string;
  state: string;
  message: string;
}

const every = 3000;

/**
 * Keeps the list of image builds true while some are not ready. When one has become ready the page is loaded again, for there may be
 * labs and images to show that were not there before; not while somebody is about to press something.
 */
export function watchImageBuilds(list: HTMLElement): void {
  let isStale = false;
  const look = async (): Promise<void> => {
    const answer = await fetch('/api/v1/images/builds').catch(() => null);
    const found = answer?.ok ? ((await answer.json()) as ImageBuild[]) : [];
    for (const build of found) {
      isStale = show(list, build) || isStale;
    }
    if (isStale && (document.activeElement === null || document.activeElement === document.body)) {
      location.reload();
      return;
    }
    if (isStale || !found.length || found.some((build) => build.state === 'waiting' || build.state === 'building')) {
      setTimeout(() => void look(), every);
    }
  };
  setTimeout(() => void look(), every);
}

/** Whether the build has become ready since the page was made. */
function show(list: HTMLElement, build: ImageBuild): boolean {
  const item = list.querySelector(`[data-image-build="${CSS.escape(build.name)}"]`);
  const state = item?.querySelector<HTMLElement>('[data-build-state]');
  const message = item?.querySelector('[data-build-message]');
  if (!state || !message || (state.dataset['buildState'] === build.state && message.textContent === build.message)) {
    return false;
  }
  const becameReady = build.state === 'ready' && state.dataset['buildState'] !== 'ready';
  state.dataset['buildState'] = build.state;
  state.textContent = text(`Images.State.${build.state}`);
  message.textContent = build.message;
  return becameReady;
}
