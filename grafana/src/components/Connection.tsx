import { Field, Input, SecretInput } from '@grafana/ui';
import React from 'react';

export interface ConnectionValues {
  url?: string;
  user?: string;
  database?: string;
}

interface Props {
  values: ConnectionValues;
  onChange: (values: ConnectionValues) => void;
  /** A password is kept and never shown again. */
  hasPassword: boolean;
  password: string;
  onPassword: (password: string) => void;
  onResetPassword: () => void;
}

/** Where ClickHouse is; the same for the app and for a data source of its own. */
export function Connection({ values, onChange, hasPassword, password, onPassword, onResetPassword }: Props) {
  const set = (name: keyof ConnectionValues) => (event: { currentTarget: { value: string } }) => onChange({ ...values, [name]: event.currentTarget.value.trim() || undefined });
  return (
    <>
      <Field label="ClickHouse URL" description="Its HTTP interface. Left empty, Kulprit keeps an embedded ClickHouse in Grafana's data folder." htmlFor="kulprit-url">
        <Input id="kulprit-url" name="url" width={60} type="url" placeholder="http://localhost:8123" value={values.url ?? ''} onChange={set('url')} />
      </Field>
      <Field label="User" htmlFor="kulprit-user">
        <Input id="kulprit-user" name="user" width={60} placeholder="default" autoComplete="off" value={values.user ?? ''} onChange={set('user')} />
      </Field>
      <Field label="Password" description="Kept encrypted by Grafana; no browser sees it again." htmlFor="kulprit-password">
        <SecretInput
          id="kulprit-password"
          name="password"
          width={60}
          autoComplete="new-password"
          isConfigured={hasPassword}
          value={password}
          onReset={onResetPassword}
          onChange={({ currentTarget }) => onPassword(currentTarget.value)}
        />
      </Field>
      <Field label="Database" description="Where the logs are, and Kulprit's own tables." htmlFor="kulprit-database">
        <Input id="kulprit-database" name="database" width={60} placeholder="default" value={values.database ?? ''} onChange={set('database')} />
      </Field>
    </>
  );
}
