import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { useTexts } from '../src/texts';
import { LabWeb } from '../src/web/lab-web';

const ADDRESS = 'http://80--server--1.localhost:5000/.lab-orchestrator/open?ticket=x';

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status });
}

async function element(fetched: () => Promise<Response>, ...attributes: string[]): Promise<LabWeb> {
  vi.stubGlobal('fetch', vi.fn(fetched));
  const web = document.createElement('lab-web') as LabWeb;
  web.setAttribute('machine', 'Server');
  attributes.forEach((name) => web.setAttribute(name, ''));
  document.body.replaceChildren(web);
  web.setAttribute('wanted', '');
  await vi.waitFor(() => expect(web.dataset['state']).not.toBe('connecting'));
  return web;
}

describe('a web page of a machine', () => {
  beforeAll(() => {
    // No page is fetched in a test.
    const { settings } = (window as unknown as { happyDOM: { settings: { navigation: Record<string, boolean> } } })
      .happyDOM;
    settings.navigation['disableChildFrameNavigation'] = true;
    useTexts({ 'Web.PageOf': 'Web page of {0}', 'Console.TryingAgain': 'Trying again…' });
    customElements.define('lab-web', LabWeb);
  });

  afterEach(() => {
    document.body.replaceChildren();
    vi.unstubAllGlobals();
  });

  it('stands in a frame that keeps its origin and cannot lead our page away', async () => {
    const opened = element(() => Promise.resolve(answer(201, { ticket: 'x', address: ADDRESS })));
    await vi.waitFor(() => expect(document.querySelector('iframe')).not.toBeNull());
    const frame = document.querySelector('iframe')!;
    frame.dispatchEvent(new Event('load'));
    await opened;

    const sandbox = frame.getAttribute('sandbox')!.split(' ');
    expect(sandbox).toContain('allow-same-origin');
    expect(sandbox.filter((word) => word.startsWith('allow-top-navigation'))).toEqual([]);
    expect(sandbox).not.toContain('allow-popups-to-escape-sandbox');
    expect(frame.title).toBe('Web page of Server');
    expect(frame.allow).not.toContain('clipboard-read');
  });

  it('has no origin where it has no host', async () => {
    const opened = element(
      () => Promise.resolve(answer(201, { ticket: 'x', address: '/apps/open?ticket=x' })),
      'locked',
    );
    await vi.waitFor(() => expect(document.querySelector('iframe')).not.toBeNull());
    document.querySelector('iframe')!.dispatchEvent(new Event('load'));
    await opened;

    expect(document.querySelector('iframe')!.getAttribute('sandbox')).not.toContain('allow-same-origin');
  });

  it('says why it cannot be opened, and tries again where that helps', async () => {
    const refused = await element(() => Promise.resolve(answer(403, { detail: 'You may watch.' })));
    expect(refused.dataset['state']).toBe('ended');
    expect(refused.textContent).toContain('You may watch.');

    const waiting = await element(() => Promise.resolve(answer(409, { detail: 'It is powered off.' })));
    expect(waiting.dataset['state']).toBe('waiting');
    expect(waiting.textContent).toContain('It is powered off. Trying again…');
  });

  it('is taken away when it is no longer wanted', async () => {
    const opened = element(() => Promise.resolve(answer(201, { ticket: 'x', address: ADDRESS })));
    await vi.waitFor(() => expect(document.querySelector('iframe')).not.toBeNull());
    document.querySelector('iframe')!.dispatchEvent(new Event('load'));
    const web = await opened;

    web.setAttribute('absent', 'Powered off');
    web.removeAttribute('wanted');

    expect(web.querySelector('iframe')).toBeNull();
    expect(web.dataset['state']).toBe('absent');
    expect(web.textContent).toContain('Powered off');
  });
});
