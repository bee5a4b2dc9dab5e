import { type DataSourcePluginOptionsEditorProps, onUpdateDatasourceSecureJsonDataOption, updateDatasourcePluginResetOption } from '@grafana/data';
import { FieldSet } from '@grafana/ui';
import React from 'react';

import { Connection } from '../components/Connection';
import type { DataSourceSettings } from './types';

export function ConfigEditor(props: DataSourcePluginOptionsEditorProps<DataSourceSettings, { password?: string }>) {
  const { options, onOptionsChange } = props;
  return (
    <FieldSet label="ClickHouse">
      <Connection
        values={options.jsonData}
        onChange={(values) => onOptionsChange({ ...options, jsonData: { ...options.jsonData, ...values } })}
        hasPassword={options.secureJsonFields?.password === true}
        password={options.secureJsonData?.password ?? ''}
        onPassword={(password) => onUpdateDatasourceSecureJsonDataOption(props, 'password')({ currentTarget: { value: password } } as never)}
        onResetPassword={() => updateDatasourcePluginResetOption(props, 'password')}
      />
    </FieldSet>
  );
}
