// Lazy pages are fetched from where this module came from: Grafana may live below a path, or serve plugins from elsewhere.
// @ts-expect-error the AMD module itself, an external of webpack.config.mjs
import self from 'amd-module';

declare let __webpack_public_path__: string;
// eslint-disable-next-line @typescript-eslint/no-unused-vars, prefer-const
__webpack_public_path__ = self?.uri ? self.uri.slice(0, self.uri.lastIndexOf('/') + 1) : 'public/plugins/kulprit-reliability-app/';
