import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import React from 'react';

import type { Settings } from '../state/settings';

export default function Configuration(_: PluginConfigPageProps<AppPluginMeta<Settings>>) {
  return <div />;
}
