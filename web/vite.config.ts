// How the pages are built. The service sends what is in dist/web, each file also compressed beforehand.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The service puts a fresh one in its place with every answer. */
const NONCE = '__NONCE__';
const SERVICE = process.env.SAHM_URL ?? 'http://127.0.0.1:3000';
const OUTPUT = '../dist/web';

export default defineConfig({
  plugins: [react(), compressed()],
  html: { cspNonce: NONCE },
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    // A data: URL would need a wider policy for fonts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { '^/(api|v1|admin/api|pages|openapi.json)': SERVICE } },
});

/** Compressed once here, and not with every answer. */
function compressed(): Plugin {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const folder = join(import.meta.dirname, OUTPUT, 'assets');
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const bytes = readFileSync(join(folder, name));
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, quality));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}
