import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
  // Node reads the package's CommonJS form; its other form needs a bundler.
  resolve: { alias: { '@grafana/data': path.join(import.meta.dirname, 'node_modules/@grafana/data/dist/cjs/index.cjs') } },
});
