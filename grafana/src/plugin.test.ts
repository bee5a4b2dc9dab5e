// What Grafana's published schema of plugin.json demands of these three (docs/sources/developers/plugins/plugin.schema.json in its
// repository). No npm package has the schema; `npm run schema -- FILE` holds them against a copy of it.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

interface Manifest {
  type: string;
  name: string;
  id: string;
  executable?: string;
  info: { keywords: string[]; logos: { small: string; large: string }; version: string; updated: string };
  dependencies: { grafanaDependency: string };
  includes?: Array<{ type: string; path: string; role?: string }>;
  routes?: Array<{ path: string; method?: string; reqRole?: string; url: string; headers: Array<{ name: string; content: string }> }>;
}

const read = (folder: string) => JSON.parse(readFileSync(path.join(import.meta.dirname, folder, 'plugin.json'), 'utf8')) as Manifest;
const FOLDERS = [
  ['.', 'app'],
  ['datasource', 'datasource'],
  ['panel', 'panel'],
] as const;

describe.each(FOLDERS)('plugin.json in %s', (folder, type) => {
  const plugin = read(folder);
  it('has what Grafana needs', () => {
    expect(plugin.type).toBe(type);
    expect(plugin.id).toMatch(new RegExp(`^[0-9a-z]+-([0-9a-z]+-)?${type}$`));
    expect(plugin.name).not.toBe('');
    expect(plugin.info.keywords.length).toBeGreaterThan(0);
    expect([plugin.info.version, plugin.info.updated]).toEqual(['%VERSION%', '%TODAY%']);
    expect(plugin.dependencies.grafanaDependency).toMatch(/^>=\d+\.\d+\.\d+$/);
  });
  it('names files that are there', () => {
    for (const file of Object.values(plugin.info.logos)) {
      expect(existsSync(path.join(import.meta.dirname, folder, file)), file).toBe(true);
    }
    for (const { type: of, path: at } of plugin.includes ?? []) {
      expect(of === 'page' || existsSync(path.join(import.meta.dirname, at)), at).toBe(true);
    }
  });
});

describe('the routes to a kulprit serve elsewhere', () => {
  const routes = read('.').routes ?? [];
  it('each need a role, lead to what they are called, and carry the token', () => {
    for (const { path: at, method, reqRole, url, headers } of routes) {
      expect(reqRole, at).toBe(method === 'GET' || /(query_logs|correlate)$/.test(at) ? 'Viewer' : 'Editor');
      expect(url, at).toBe(at.replace(/^kulprit/, '{{ .JsonData.serveUrl }}').replace(/\*$/, ''));
      expect(headers, at).toEqual([{ name: 'Authorization', content: 'Bearer {{ .SecureJsonData.serveToken }}' }]);
    }
  });
});
