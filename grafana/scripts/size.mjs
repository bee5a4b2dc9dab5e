// What a browser fetches of each plugin, gzipped. Fails beyond the bound.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const BOUND = 400 * 1024;
const dist = path.join(path.dirname(new URL(import.meta.url).pathname), '../dist');
if (!existsSync(dist)) {
  console.error('there is no dist: run npm run build');
  process.exit(2);
}
for (const folder of ['.', 'datasource', 'panel']) {
  const files = readdirSync(path.join(dist, folder)).filter((name) => name.endsWith('.js') && statSync(path.join(dist, folder, name)).isFile());
  const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(path.join(dist, folder, name)), { level: 9 }).length, 0);
  console.log(`${folder === '.' ? 'app' : folder}: ${files.length} scripts, ${(size / 1024).toFixed(1)} KiB gzipped`);
  if (size > BOUND) {
    console.error(`more than ${BOUND / 1024} KiB`);
    process.exitCode = 1;
  }
}
