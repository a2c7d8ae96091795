import { type Block, type Fact, name, num, paragraph, say } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { fromQuery } from '../query-fact.js';
import type { ToldProfile } from './profile-facts.js';

/** Below this share the times of a profile are as good as its shares. */
const CONTENDED = 0.05;

interface Row {
  sources: string[];
  points: number;
  value: number | null;
}

/** Names in lower case, one underscore for what is no letter or digit. */
const NAME = "replaceRegexpAll(lower(MetricName), '[^a-z0-9]+', '_')";
const STATE =
  "lower(coalesce(nullIf(Attributes['state'], ''), nullIf(Attributes['cpu.mode'], ''), Attributes['mode']))";
const DURING =
  'TimeUnix >= fromUnixTimestamp64Nano({from:Int64}) AND TimeUnix <= fromUnixTimestamp64Nano({to:Int64})';
const SERIES =
  'cityHash64(KpSource, ServiceName, MetricName, toString(ResourceAttributes), toString(Attributes))';

/** A share as a level: of itself, or in hundredths where its unit or its size says so. */
const level = (only: string): string => `
  SELECT groupUniqArray(KpSource) AS sources, count() AS points,
    avg(if(MetricUnit = '%', Value / 100, Value)) AS value
  FROM otel_metrics_gauge WHERE ${only} AND ${DURING}`;

/** What each counter grew by: of some of them for one of all, or for a second of each. */
const grown = (all: string, part: string, by: 'of all' | 'a second'): string => `
  SELECT groupUniqArray(source) AS sources, sum(n) AS points,
    ${by === 'of all' ? 'sumIf(more, part) / sum(more)' : 'avgIf(more / seconds, part)'} AS value
  FROM (SELECT any(KpSource) AS source, count() AS n, max(Value) - min(Value) AS more, any(${part}) AS part,
          dateDiff('millisecond', min(TimeUnix), max(TimeUnix)) / 1000 AS seconds
        FROM otel_metrics_sum WHERE IsMonotonic AND AggregationTemporality = 2 AND (${all}) AND ${DURING}
        GROUP BY ${SERIES} HAVING n > 1 AND seconds > 0)`;

const STOLEN = [
  level(
    `${NAME} = 'system_cpu_steal' OR (match(${NAME}, '^system_cpu_utili[sz]ation$') AND ${STATE} = 'steal')`,
  ),
  grown(`match(${NAME}, '^(system_cpu_time|node_cpu)(_seconds)?(_total)?$')`, `${STATE} = 'steal'`, 'of all'),
];
const QUEUED = [
  level(`${NAME} = 'system_pressure_cpu'`),
  grown(`match(${NAME}, '^node_pressure_cpu_waiting(_seconds)?(_total)?$')`, 'true', 'a second'),
];

/**
 * Whether the host was contended while a profile was recorded: processor time that went to others, time that work waited in
 * the run queue. The profile's shares hold then, its times do not. Nothing is said of a profile whose time is not known.
 */
export async function hostContention(
  store: Store,
  told: ToldProfile,
): Promise<{ facts: Fact[]; blocks: Block[] }> {
  const { startNs, durationNs } = told.given.profile;
  if (startNs === undefined || durationNs === undefined || durationNs <= 0) return { facts: [], blocks: [] };
  const time = { from: String(startNs), to: String(startNs + BigInt(Math.round(durationNs))) };
  const share = async (factName: string, queries: readonly string[]): Promise<Fact[]> => {
    for (const query of queries) {
      const [row] = await store.query<Row>(`${query} SETTINGS max_threads = 1`, time);
      if (!row || row.value === null || !(row.value >= CONTENDED)) continue;
      return [
        fromQuery(
          {
            name: factName,
            subject: told.subject,
            phase: told.phase,
            value: Math.min(1, row.value),
            unit: 'ratio',
            n: Number(row.points),
          },
          {
            query: 'metrics of the host while the profile was recorded',
            rows: Number(row.points),
            sources: row.sources.sort(),
          },
        ),
      ];
    }
    return [];
  };
  const stolen = await share('profile.stolen', STOLEN);
  const queued = await share('profile.queued', QUEUED);
  const facts = [...stolen, ...queued];
  if (facts.length === 0) return { facts, blocks: [] };
  const said = [
    ...stolen.map((f) => say`${num(f)} of its time went to others of the machine below`),
    ...queued.map((f) => say`work waited for a processor in ${num(f)} of the time`),
  ];
  return {
    facts,
    blocks: [
      paragraph(
        say`The host of ${name(told.subject.name)} was contended while the profile was recorded: ${said[0] ?? ''}${said[1] ? say`, and ${said[1]}` : ''}. What its samples were spent on holds; how long that took does not.`,
      ),
    ],
  };
}
