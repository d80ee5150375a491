/** Gives style elements made while `act` runs the page's nonce: xterm.js makes its colours that way. */
export function withStyleNonce(nonce: string, act: () => void): void {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (name === 'style') {
      element.setAttribute('nonce', nonce);
    }
    return element;
  }) as typeof document.createElement;
  try {
    act();
  } finally {
    document.createElement = create as typeof document.createElement;
  }
}
