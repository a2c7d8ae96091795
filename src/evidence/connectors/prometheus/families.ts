/** Kinds of metrics as Prometheus' metadata has them. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary';

export interface Family {
  name: string;
  type: FamilyType;
  help: string;
  unit: string;
  /** Names of its series: `x_bucket`, `x_sum`, `x_count`. */
  members: string[];
  series: number;
}

export interface Meta {
  type: string;
  help: string;
  unit: string;
}

const PARTS = ['_bucket', '_sum', '_count'] as const;
const baseOf = (name: string): string | undefined => {
  const part = PARTS.find((p) => name.endsWith(p));
  return part === undefined ? undefined : name.slice(0, -part.length);
};

/**
 * Groups series names to families. What the metadata does not tell, names do: three parts of which one is `_bucket` are a
 * histogram, `_sum` with `_count` a summary, `_total` a counter; anything else is a level.
 */
export function familiesOf(counts: ReadonlyMap<string, number>, meta: ReadonlyMap<string, Meta>): Family[] {
  const families = new Map<string, Family>();
  const typed = (name: string): string | undefined => meta.get(name)?.type;
  for (const [name, series] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const base = baseOf(name);
    const composed =
      base !== undefined &&
      (typed(base) === 'histogram' ||
        typed(base) === 'summary' ||
        (typed(base) === undefined && counts.has(`${base}_sum`) && counts.has(`${base}_count`)));
    const own = composed && base !== undefined ? base : name;
    const family = families.get(own);
    if (family) {
      family.members.push(name);
      family.series += series;
      continue;
    }
    const known = meta.get(own) ?? meta.get(own.replace(/_total$/, ''));
    families.set(own, {
      name: own,
      type: typeOf(own, known?.type, composed, counts),
      help: known?.help ?? '',
      unit: known?.unit ?? '',
      members: [name],
      series,
    });
  }
  // A summary's quantiles stand under its plain name, which sorts before its parts.
  return [...families.values()];
}

function typeOf(
  name: string,
  said: string | undefined,
  composed: boolean,
  counts: ReadonlyMap<string, number>,
): FamilyType {
  if (said === 'counter' || said === 'gauge' || said === 'histogram' || said === 'summary') return said;
  if (composed) return counts.has(`${name}_bucket`) ? 'histogram' : 'summary';
  return name.endsWith('_total') ? 'counter' : 'gauge';
}

/** Metrics of the monitoring itself and of control planes: they say nothing of the service. */
const ABOUT_ITSELF =
  /^(?:prometheus|scrape|alertmanager|promhttp|net_conntrack|grafana|loki|tempo|thanos|cortex|mimir|vm|vmagent|apiserver|etcd|rest_client|workqueue|kubelet|kubeproxy|storage_operation|coredns|scheduler|authentication|authorization|cardinality|csi|volume_manager|aggregator|otelcol|ALERTS)(?:_|$)/;
/** Families that resource and request facts are made of; asked first when not everything can be. */
const TOLD_BY =
  /^(?:http|rpc|grpc|db_|pg_|postgres|mysql|mongodb|redis|valkey|memcached|elasticsearch|process_|nodejs_|v8js_|jvm_|go_|dotnet|aspnetcore|python|container_|kube_pod|k8s_|node_(?:cpu|memory|disk|load|network|pressure)|system_|hikaricp|jdbc|r2dbc|sqlalchemy|npgsql|pgbouncer|kafka|rabbitmq|messaging|cache|queue|machine_)|latency|duration|requests?_|errors?_/;

export const isAboutItself = (name: string): boolean => ABOUT_ITSELF.test(name);

/** The families that fit into a number of series, those that facts are made of first, then small ones. */
export function withinSeries(families: readonly Family[], most: number): { kept: Family[]; left: Family[] } {
  const ordered = [...families].sort(
    (a, b) =>
      Number(TOLD_BY.test(b.name)) - Number(TOLD_BY.test(a.name)) ||
      a.series - b.series ||
      (a.name < b.name ? -1 : 1),
  );
  const kept: Family[] = [];
  const left: Family[] = [];
  let series = 0;
  for (const family of ordered) {
    if (series + family.series > most) left.push(family);
    else {
      kept.push(family);
      series += family.series;
    }
  }
  const byName = (a: Family, b: Family): number => (a.name < b.name ? -1 : 1);
  return { kept: kept.sort(byName), left: left.sort(byName) };
}
