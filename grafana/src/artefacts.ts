import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { CLICKHOUSE_ALERTS, PROMETHEUS_ALERTS } from './alerts/rules.js';
import { audioAnalysis } from './dashboards/audio-analysis.js';
import { deviceDetail } from './dashboards/device-detail.js';
import { mlMetrics } from './dashboards/ml-metrics.js';
import { overview } from './dashboards/overview.js';
import { systemHealth } from './dashboards/system-health.js';
import { DATASOURCES, PROVIDERS, yamlFile } from './provisioning.js';

export interface Artefact {
  /** Within the repository. */
  readonly path: string;
  readonly text: string;
}

export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  overview,
  'device-detail': deviceDetail,
  'ml-metrics': mlMetrics,
  'system-health': systemHealth,
  'audio-analysis': audioAnalysis,
};

/** Every file that Grafana reads. */
export function artefacts(): readonly Artefact[] {
  return [
    ...Object.entries(DASHBOARDS).map(([name, dashboard]) => ({
      path: `grafana/dashboards/${name}.json`,
      text: `${JSON.stringify(dashboard, null, 2)}\n`,
    })),
    { path: 'grafana/provisioning/datasources/louver.yml', text: yamlFile(DATASOURCES) },
    { path: 'grafana/provisioning/dashboards/louver.yml', text: yamlFile(PROVIDERS) },
    { path: 'grafana/provisioning/alerting/louver-clickhouse.yml', text: yamlFile(CLICKHOUSE_ALERTS) },
    { path: 'grafana/provisioning/alerting/louver-prometheus.yml', text: yamlFile(PROMETHEUS_ALERTS) },
  ];
}
