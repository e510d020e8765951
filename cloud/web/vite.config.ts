import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [vue()],
  resolve: {
    alias: { '@shared': here('../../shared/web') },
    // `shared/web` has no packages of its own; what it imports is found here.
    dedupe: ['vue', 'vue-i18n', '@lucide/vue', 'uqr'],
  },
  build: {
    target: 'es2022',
    // ECharts alone is larger than the default; it is a chunk of its own, loaded with the page that draws.
    chunkSizeWarningLimit: 700,
  },
  server: {
    fs: { allow: ['../..'] },
    proxy: { '/api': 'http://127.0.0.1:7090' },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
