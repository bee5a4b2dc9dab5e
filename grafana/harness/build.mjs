// Bundles what Grafana gives to plugins, from its real npm packages, into one page that loads the built module.js as Grafana does.
import { build } from 'esbuild';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const modules = path.join(here, '../node_modules');
const out = path.join(here, 'build');

mkdirSync(out, { recursive: true });
await build({
  entryPoints: [path.join(here, 'grafana.tsx')],
  bundle: true,
  outfile: path.join(out, 'grafana.js'),
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  // Grafana's packages write `import x from 'y'` of modules of either kind.
  mainFields: ['browser', 'module', 'main'],
  // The page has an AMD loader; packages in either form must not find it.
  define: { define: 'undefined', 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'window' },
  loader: { '.svg': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl' },
  external: ['fs', 'path', 'stream', 'crypto', 'buffer', 'util'],
  logLevel: 'error',
});
for (const name of ['system.min.js', 'extras/amd.min.js']) {
  cpSync(path.join(modules, 'systemjs/dist', name), path.join(out, path.basename(name)));
}
cpSync(path.join(modules, '@grafana/ui/dist/public'), path.join(out, 'public'), { recursive: true });
