import { constant, type Fact } from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { aimedLoad, loadPoints, topLoad } from '../../readings/load.js';
import { objectivesOf } from '../alerts/objective.js';
import type { Parts } from '../parts.js';

/** Normal traces that are kept, whatever the traffic. */
export const KEPT = constant(
  'sampling.kept',
  20,
  '1/s',
  'Kneepoint: a hundred normal traces every five seconds, enough to compare slow ones with',
);
export const SPANS = constant(
  'sampling.spansPerTrace',
  20,
  'count',
  'Kneepoint: spans of one trace, to turn a rate of traces into one of spans; set it to yours',
);
export const WAIT = constant(
  'sampling.wait',
  10,
  's',
  'OpenTelemetry Collector documentation, tail sampling: longer than the slowest request that is to be judged whole',
);
const SPAN_BYTES = constant(
  'telemetry.spanBytes',
  600,
  'bytes',
  'Kneepoint: a span of OTLP with a dozen attributes, before compression; read yours at the Collector’s own metrics',
);
const RECORD_BYTES = constant(
  'telemetry.recordBytes',
  700,
  'bytes',
  'Kneepoint: a JSON record with the fields below, without a stack; read yours off a day of them',
);
const ROUTES = constant('telemetry.routes', 20, 'count', 'Kneepoint: routes of a service; set it to yours');
const STATUSES = constant(
  'telemetry.statuses',
  5,
  'count',
  'Kneepoint: statuses that a route answers with; set it to yours',
);
const BUCKETS = constant(
  'telemetry.buckets',
  17,
  'count',
  'OpenTelemetry semantic conventions for HTTP metrics: fourteen bounds, all, sum and count',
);
const DAY = constant('telemetry.day', 86_400, 's', 'a day');
const GIB = 2 ** 30;

/** What recording it all costs, at the traffic of the case. */
export interface Volumes {
  /** Requests a second that sampling is sized for. */
  rate: Fact;
  /** Requests a second of an ordinary hour, which a day's volume comes from. */
  usual: Fact;
  /** Traces that wait for a decision. */
  held: Fact;
  /** Memory of the Collector for them. */
  memory: Fact;
  /** Spans a second that the rate limit lets through. */
  spans: Fact;
  /** Traces a second that are kept: the fixed rate, and failures and slow ones up to what the promises allow. */
  kept: Fact;
  keptShare: Fact;
  tracesADay: Fact;
  /** Without sampling. */
  allTracesADay: Fact;
  logsADay: Fact;
  /** Series of the request histogram of one instance. */
  series: Fact;
}

/** Sized from the traffic; `undefined` where the case states none. */
export function volumesOf(p: Parts): Volumes | undefined {
  const points = loadPoints(p.context);
  const rate = (aimedLoad(points) ?? topLoad(points))?.rate;
  if (!rate) return undefined;
  const usual =
    (points.find((x) => x.phase === 'steady') ?? points.find((x) => x.phase === 'any'))?.rate ?? rate;
  const app = p.context.app;
  const held = calc(
    'sampling.held',
    app,
    [Math.ceil(rate.value * WAIT.value * 1.5), 'count'],
    'requests a second × time to decide × head room of a half',
    [rate, WAIT],
  );
  const spans = calc(
    'sampling.spans',
    app,
    [KEPT.value * SPANS.value, '1/s'],
    'traces kept × spans of one trace',
    [KEPT, SPANS],
  );
  const budgets = objectivesOf(p.context).map((o) => o.budget);
  const bad = Math.min(
    1,
    budgets.reduce((sum, b) => sum + b.value, 0),
  );
  const kept = calc(
    'sampling.keptTraces',
    app,
    [Number(Math.min(usual.value, KEPT.value + bad * usual.value).toPrecision(6)), '1/s'],
    'normal traces kept + requests a second × share that may fail or be slow',
    [KEPT, usual, ...budgets],
  );
  const keptShare = calc(
    'sampling.keptShare',
    app,
    [Number((kept.value / usual.value).toPrecision(6)), 'ratio'],
    'traces kept ÷ requests a second',
    [kept, usual],
  );
  const aDay = (name: string, perSecond: Fact, bytes: readonly Fact[], formula: string): Fact =>
    calc(
      name,
      app,
      [perSecond.value * bytes.reduce((product, b) => product * b.value, 1) * DAY.value, 'bytes'],
      formula,
      [perSecond, ...bytes, DAY],
    );
  return {
    rate,
    usual,
    held,
    spans,
    kept,
    keptShare,
    memory: calc(
      'sampling.memory',
      app,
      [held.value * SPANS.value * SPAN_BYTES.value, 'bytes'],
      'traces that wait × spans of one trace × bytes of a span',
      [held, SPANS, SPAN_BYTES],
    ),
    tracesADay: aDay(
      'telemetry.tracesADay',
      kept,
      [SPANS, SPAN_BYTES],
      'traces kept × spans of one trace × bytes of a span × a day',
    ),
    allTracesADay: aDay(
      'telemetry.allTracesADay',
      usual,
      [SPANS, SPAN_BYTES],
      'requests a second × spans of one trace × bytes of a span × a day',
    ),
    logsADay: aDay(
      'telemetry.logsADay',
      usual,
      [RECORD_BYTES],
      'requests a second × bytes of a record × a day, one record a request',
    ),
    series: calc(
      'telemetry.series',
      app,
      [ROUTES.value * STATUSES.value * BUCKETS.value, 'count'],
      'routes × statuses × series of one histogram',
      [ROUTES, STATUSES, BUCKETS],
    ),
  };
}

/** Bytes as GiB, for a bill by volume. */
export const GIBIBYTES = 1 / GIB;
