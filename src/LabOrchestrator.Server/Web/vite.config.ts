import { defineConfig, type Plugin } from 'vite';

// xterm.js sets 24-bit colours with setAttribute('style'), which a Content-Security-Policy without unsafe-inline ignores even with a
// nonce. Through the object model the same text is allowed.
function xtermStyles(): Plugin {
  return {
    name: 'xterm-styles',
    transform(code, id) {
      if (!id.includes('@xterm/xterm/lib/xterm.mjs')) {
        return null;
      }
      const changed = code.replace(
        /(\w+)\.setAttribute\("style",`\$\{\1\.getAttribute\("style"\)\|\|""\}\$\{(\w+)\};`\)/g,
        '$1.style.cssText+=$2+";"',
      );
      if (changed === code) {
        this.error(
          'xterm.js no longer sets styles as this transform expects; look at _addStyle in its DomRendererRowFactory.',
        );
      }
      return { code: changed, map: null };
    },
  };
}

export default defineConfig({
  base: '/assets/',
  plugins: [xtermStyles()],
  build: {
    outDir: '../wwwroot/assets',
    emptyOutDir: true,
    manifest: 'manifest.json',
    modulePreload: false,
    chunkSizeWarningLimit: 2000,
    assetsDir: '.',
    rollupOptions: {
      input: { site: 'src/site.ts', workspace: 'src/workspace.ts' },
    },
  },
  test: { environment: 'happy-dom' },
} as never);
