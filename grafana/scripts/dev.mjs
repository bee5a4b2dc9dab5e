// Builds at each change and serves the harness: http://127.0.0.1:3300 (PORT). KULPRIT_URL or HOST_URL says who answers (harness/serve.mjs).
import { spawn } from 'node:child_process';
import path from 'node:path';

const root = path.join(path.dirname(new URL(import.meta.url).pathname), '..');
const run = (...words) => spawn(process.execPath, words, { cwd: root, stdio: 'inherit' });
const children = [];
const stop = () => children.forEach((child) => child.kill());
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

run('harness/build.mjs').on('exit', (code) => {
  if (code !== 0) {
    process.exit(code ?? 1);
  }
  children.push(run('node_modules/webpack/bin/webpack.js', '--mode', 'development', '--watch'), run('harness/serve.mjs'));
});
