// Three plugins, three bundles: the app, and nested below it a data source and a panel. Each is the AMD module that Grafana loads.
import CopyPlugin from 'copy-webpack-plugin';
import { EsbuildPlugin } from 'esbuild-loader';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import webpack from 'webpack';

const root = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const built = (process.env.SOURCE_DATE_EPOCH ? new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000) : new Date()).toISOString().slice(0, 10);

// What Grafana shares with plugins, by the names under which it does.
const SHARED = ['react', 'react-dom', 'rxjs', 'rxjs/operators', 'lodash', 'moment', '@emotion/css', '@emotion/react'];
const isShared = ({ request }, done) =>
  SHARED.includes(request) || /^@grafana\/(data|ui|runtime|schema)$/.test(request) ? done(null, `amd ${request}`) : done();

function plugin(folder, files) {
  const { id } = JSON.parse(readFileSync(path.join(root, 'src', folder, 'plugin.json'), 'utf8'));
  return {
    name: id,
    context: path.join(root, 'src', folder),
    entry: { module: './module' },
    // No source maps: they would carry the paths of the machine that built them.
    devtool: false,
    output: {
      path: path.join(root, 'dist', folder),
      filename: '[name].js',
      chunkFilename: '[name].[contenthash:8].js',
      library: { type: 'amd' },
      uniqueName: id,
      clean: { keep: /^(datasource|panel)\/|gpx_/ },
      // Set at run time, by public-path.ts.
      publicPath: '/',
    },
    externals: [{ 'amd-module': 'amd module' }, isShared],
    resolve: { extensions: ['.ts', '.tsx', '.js'] },
    module: { rules: [{ test: /\.tsx?$/, loader: 'esbuild-loader', options: { target: 'es2021', tsconfig: path.join(root, 'tsconfig.json') } }] },
    optimization: { minimizer: [new EsbuildPlugin({ target: 'es2021', legalComments: 'none' })] },
    performance: { hints: false },
    plugins: [
      new webpack.DefinePlugin({ 'process.env.NODE_ENV': JSON.stringify('production') }),
      new CopyPlugin({
        patterns: [
          { from: 'plugin.json', transform: (text) => String(text).replaceAll('%VERSION%', version).replaceAll('%TODAY%', built) },
          { from: 'img', to: 'img' },
          ...files,
        ],
      }),
    ],
  };
}

export default [
  plugin('.', [
    { from: 'README.md' },
    { from: path.join(root, '../LICENSE'), to: 'LICENSE[ext]' },
    { from: path.join(root, '../CHANGELOG.md') },
  ]),
  plugin('datasource', []),
  plugin('panel', []),
];
