// Serves the harness and the built plugins, and passes /api on: to a host that starts the plugin's backend (HOST_URL), or, without one,
// the plugin's resources to a `kulprit` HTTP server (KULPRIT_URL) as they are.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, '../dist');
const APP = 'kulprit-reliability-app';
const KINDS = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.html': 'text/html', '.svg': 'image/svg+xml', '.json': 'application/json', '.css': 'text/css', '.png': 'image/png', '.woff2': 'font/woff2' };

function fileOf(url) {
  const within = (root, rest) => {
    const file = path.join(root, rest);
    return file.startsWith(root) && existsSync(file) && statSync(file).isFile() ? file : undefined;
  };
  if (url.startsWith(`/public/plugins/${APP}/`)) {
    return within(dist, url.slice(`/public/plugins/${APP}/`.length));
  }
  if (url.startsWith('/public/fonts/inter/')) {
    return within(path.join(here, '../node_modules/@fontsource/inter/files'), url.endsWith('Medium.woff2') ? 'inter-latin-500-normal.woff2' : 'inter-latin-400-normal.woff2');
  }
  if (url.startsWith('/public/fonts/roboto/')) {
    return within(path.join(here, '../node_modules/@fontsource/roboto-mono/files'), 'roboto-mono-latin-400-normal.woff2');
  }
  if (url.startsWith('/public/')) {
    return within(path.join(here, 'build/public'), url.slice('/public/'.length).replace(/^build\//, ''));
  }
  return url.startsWith('/harness/') ? within(here, url.slice('/harness/'.length)) : undefined;
}

export function serve({ port = 0, host, kulprit, token } = {}) {
  let settings = { jsonData: {}, secureJsonFields: {}, enabled: true };
  const pass = (request, response, to) => {
    const target = new URL(to);
    const headers = { ...request.headers, host: target.host };
    // As Grafana's proxies: the browser's origin stays outside.
    delete headers.origin;
    delete headers.referer;
    if (!host && token) {
      headers.authorization = `Bearer ${token}`;
    }
    const onward = http.request(target, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', (error) => {
      if (!response.headersSent) {
        response.writeHead(502, { 'Content-Type': 'application/json' });
      }
      response.end(JSON.stringify({ message: String(error.message) }));
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  };
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const resources = `/api/plugins/${APP}/resources`;
    const ownResources = /^\/api\/datasources\/uid\/[^/]+\/resources/;
    if (url.pathname.startsWith('/api/')) {
      if (host) {
        return pass(request, response, host + request.url);
      }
      if (url.pathname.startsWith(`${resources}/`)) {
        return pass(request, response, kulprit + request.url.slice(resources.length));
      }
      if (ownResources.test(url.pathname)) {
        return pass(request, response, kulprit + request.url.replace(ownResources, ''));
      }
      if (url.pathname === `/api/plugins/${APP}/settings`) {
        if (request.method === 'POST') {
          let body = '';
          request.on('data', (piece) => (body += piece));
          request.on('end', () => {
            const { jsonData, secureJsonData = {} } = JSON.parse(body);
            settings = { ...settings, jsonData, secureJsonFields: { ...settings.secureJsonFields, ...Object.fromEntries(Object.keys(secureJsonData).map((key) => [key, true])) } };
            response.end('{}');
          });
          return undefined;
        }
        response.setHeader('Content-Type', 'application/json');
        return response.end(JSON.stringify(settings));
      }
      response.writeHead(404, { 'Content-Type': 'application/json' });
      return response.end('{"message":"needs the host that starts the backend"}');
    }
    const file = fileOf(decodeURIComponent(url.pathname));
    if (file) {
      response.writeHead(200, { 'Content-Type': KINDS[path.extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'no-store' });
      return createReadStream(file).pipe(response);
    }
    if (url.pathname.startsWith('/public/build/img/icons/')) {
      // Grafana has all icons; the npm package lacks some, such as the spinner.
      response.writeHead(200, { 'Content-Type': 'image/svg+xml' });
      return response.end('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="4"/></svg>');
    }
    if (/^\/(public|harness)\//.test(url.pathname)) {
      response.writeHead(404);
      return response.end();
    }
    response.writeHead(200, { 'Content-Type': 'text/html' });
    return response.end(readFileSync(path.join(here, 'index.html')));
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ port: Number(process.env.PORT ?? 3300), host: process.env.HOST_URL, kulprit: process.env.KULPRIT_URL ?? 'http://127.0.0.1:8080', token: process.env.KULPRIT_TOKEN });
  console.log(`${url}/a/${APP}/services`);
}
