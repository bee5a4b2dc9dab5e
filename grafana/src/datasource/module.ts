import { DataSourcePlugin } from '@grafana/data';

import { ConfigEditor } from './ConfigEditor';
import { KulpritDataSource } from './datasource';
import { QueryEditor } from './QueryEditor';
import type { DataSourceSettings, KulpritQuery } from './types';

export const plugin = new DataSourcePlugin<KulpritDataSource, KulpritQuery, DataSourceSettings>(KulpritDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
