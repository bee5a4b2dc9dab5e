// What Grafana writes into its page before anything runs. Tests set window.harness first; a person uses ?theme= and ?role=.
(function () {
  const words = new URLSearchParams(location.search);
  const chosen = Object.assign({ theme: words.get('theme') || 'dark', role: words.get('role') || 'Editor', org: 1, login: 'ann' }, window.harness);
  window.harness = chosen;
  window.grafanaBootData = {
    user: {
      id: 1, isSignedIn: true, login: chosen.login, email: chosen.login + '@example.com', name: chosen.login, theme: chosen.theme,
      lightTheme: chosen.theme === 'light', orgId: chosen.org, orgName: 'Main', orgRole: chosen.role, isGrafanaAdmin: false,
      timezone: 'utc', weekStart: 'monday', locale: 'en-US', language: 'en-US', permissions: {},
    },
    settings: {
      appSubUrl: '', appUrl: location.origin + '/', buildInfo: { version: '13.2.3', commit: '', env: 'production', edition: 'Open Source' },
      featureToggles: {}, datasources: {}, panels: {}, apps: {}, defaultDatasource: '', namespace: 'default',
    },
    navTree: [],
    assets: { dark: '', light: '' },
  };
  // Icons come from Grafana's public folder.
  window.__grafana_public_path__ = '/public/';
})();
