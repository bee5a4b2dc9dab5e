import type { AnnotationSupport, DataSourceInstanceSettings, MetricFindValue, ScopedVars } from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv } from '@grafana/runtime';

import type { Health } from '../api/types';
import { servicesOf } from '../state/services';
import { type DataSourceSettings, DEFAULT_QUERY, type KulpritQuery } from './types';

export class KulpritDataSource extends DataSourceWithBackend<KulpritQuery, DataSourceSettings> {
  annotations: AnnotationSupport<KulpritQuery> = {
    getDefaultQuery: () => ({ kind: 'incidents', format: 'table' }),
  };

  constructor(settings: DataSourceInstanceSettings<DataSourceSettings>) {
    super(settings);
  }

  getDefaultQuery(): Partial<KulpritQuery> {
    return DEFAULT_QUERY;
  }

  filterQuery(query: KulpritQuery): boolean {
    return query.hide !== true && query.kind !== undefined;
  }

  applyTemplateVariables(query: KulpritQuery, scopedVars: ScopedVars): KulpritQuery {
    return { ...query, services: servicesOf(query.services ?? [], (text) => getTemplateSrv().replace(text, scopedVars, 'csv')) };
  }

  /** The values of a variable: the services of the range, or those whose name has the text of the query. */
  async metricFindQuery(query: string | { query?: string }, options?: { range?: { from: { valueOf(): number }; to: { valueOf(): number } } }): Promise<MetricFindValue[]> {
    const asked = (typeof query === 'string' ? query : (query?.query ?? '')).trim();
    const filter = asked.toLowerCase() === 'services' ? '' : asked.toLowerCase();
    const { range } = options ?? {};
    const health = await this.serviceHealth(range);
    return health.services
      .map(({ service }) => service)
      .filter((service) => service.toLowerCase().includes(filter))
      .sort()
      .map((text) => ({ text, value: text }));
  }

  async serviceNames(): Promise<string[]> {
    return (await this.serviceHealth()).services.map(({ service }) => service).sort();
  }

  private serviceHealth(range?: { from: { valueOf(): number }; to: { valueOf(): number } }): Promise<Health> {
    return this.getResource<Health>('api/v1/services', range && { from: String(range.from.valueOf()), to: String(range.to.valueOf()) });
  }
}
