import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** One document a page: a kitchen screen loads nothing of the pad. */
const pages = [
  ...['index', 'kitchen', 'expo', 'pad', 'call', 'speaker', 'staff'],
  ...['cashier', 'setup', 'times', 'messages', 'pair'],
];

export default defineConfig({
  plugins: [vue()],
  resolve: {
    alias: { '@shared': here('../../shared/web') },
    // `shared/web` has no packages of its own; what it imports is found here.
    dedupe: ['vue', 'vue-i18n', 'mqtt', 'uuid', '@lucide/vue', 'uqr'],
  },
  build: {
    target: 'es2022',
    rollupOptions: { input: Object.fromEntries(pages.map((page) => [page, here(`${page}.html`)])) },
  },
  server: {
    fs: { allow: ['../..'] },
    proxy: { '/api': 'http://127.0.0.1:7080' },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
