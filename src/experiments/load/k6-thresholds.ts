import { z } from 'zod';

type Kind = 'trend' | 'rate' | 'counter' | 'gauge';

/** The metrics that k6 has of itself, by the kind of their values (its documentation, “Built-in metrics”). */
const KINDS: readonly (readonly [Kind, RegExp])[] = [
  ['rate', /^(?:checks|http_req_failed|browser_http_req_failed)$/],
  ['gauge', /^(?:vus|vus_max)$/],
  [
    'counter',
    /^(?:iterations|dropped_iterations|data_(?:received|sent)|http_reqs|ws_sessions|ws_msgs_(?:sent|received)|grpc_streams(?:_msgs_(?:sent|received))?|browser_data_(?:received|sent))$/,
  ],
  [
    'trend',
    /^(?:iteration_duration|group_duration|http_req_(?:duration|blocked|connecting|tls_handshaking|sending|waiting|receiving)|ws_(?:connecting|session_duration|ping)|grpc_req_duration|browser_(?:http_req_duration|web_vital_\w+))$/,
  ],
];
/** What may be asked of each kind. `k6 inspect` takes anything; the run then fails, or the threshold never does. */
const ASKED: Readonly<Record<Kind, RegExp>> = {
  trend: /^(?:avg|min|max|med|p\(\d+(?:\.\d+)?\))$/,
  rate: /^rate$/,
  counter: /^(?:count|rate)$/,
  gauge: /^value$/,
};
const FORMS: Readonly<Record<Kind, string>> = {
  trend: 'avg, min, max, med or p(99)',
  rate: 'rate',
  counter: 'count or rate',
  gauge: 'value',
};
const EXPRESSION = /^\s*([a-z]+(?:\([^)]*\))?)\s*(===|==|!=|<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/;

const threshold = z.union([z.string(), z.looseObject({ threshold: z.string() })]);
/** The options of a script, as far as thresholds go; `k6 inspect` prints them. */
export const k6OptionsSchema = z.looseObject({
  scenarios: z.record(z.string(), z.unknown()).nullish(),
  thresholds: z.record(z.string(), z.array(threshold)).nullish(),
  summaryTrendStats: z.array(z.string()).nullish(),
});
export type K6Options = z.infer<typeof k6OptionsSchema>;

export interface ThresholdFault {
  /** The metric with its tags, as the script has it. */
  metric: string;
  expression?: string;
  /** A sentence: what is wrong and what to write. */
  what: string;
}

/** What k6 would trip over in thresholds, and those that could never fail; empty when all is well. */
export function thresholdFaults(options: K6Options): ThresholdFault[] {
  const scenarios = Object.keys(options.scenarios ?? {});
  return Object.entries(options.thresholds ?? {}).flatMap(([metric, list]) => [
    ...ofMetric(metric, scenarios),
    ...list.flatMap((t) => {
      const expression = typeof t === 'string' ? t : t.threshold;
      const what = wrongIn(expression, kindOf(metric));
      return what === undefined ? [] : [{ metric, expression, what }];
    }),
  ]);
}

const kindOf = (metric: string): Kind | undefined => {
  const name = metric.replace(/\{.*$/, '');
  return KINDS.find(([, names]) => names.test(name))?.[0];
};

function ofMetric(metric: string, scenarios: readonly string[]): ThresholdFault[] {
  if (!/^[A-Za-z_]\w*(?:\{[^{}]*\})?$/.test(metric))
    return [
      {
        metric,
        what: 'This is no name of a metric: write http_req_duration or http_req_duration{scenario:name}.',
      },
    ];
  const scenario = /[{,]\s*scenario:([^,}]*)/.exec(metric)?.[1]?.trim();
  if (scenario === undefined || scenarios.length === 0 || scenarios.includes(scenario)) return [];
  return [
    {
      metric,
      what: `There is no scenario "${scenario}": the threshold never sees a value. There are: ${scenarios.join(', ')}.`,
    },
  ];
}

function wrongIn(expression: string, kind: Kind | undefined): string | undefined {
  const [, asked = '', operator = '', number = ''] = EXPRESSION.exec(expression) ?? [];
  if (asked === '')
    return `This is no threshold: write what is asked, a comparison and a plain number, as in ${kind === 'rate' ? 'rate<0.01' : 'p(99)<700'}.`;
  const fits = kind ? ASKED[kind].test(asked) : Object.values(ASKED).some((form) => form.test(asked));
  if (!fits)
    return kind
      ? `A ${kind} has no "${asked}": ask ${FORMS[kind]}.`
      : `k6 knows no "${asked}": ask one of ${Object.values(FORMS).join(', ')}.`;
  const percentile = Number(/^p\((.*)\)$/.exec(asked)?.[1] ?? Number.NaN);
  if (percentile > 100) return `There is no ${percentile}th percentile: write p(99).`;
  if (percentile > 0 && percentile < 1)
    return `p(${percentile}) is the fastest ${percentile} % of all: write p(${Number((percentile * 100).toFixed(6))}).`;
  if (kind === 'rate' && Number(number) > 1)
    return `A rate is a share from 0 to 1, so that this ${operator.startsWith('<') ? 'never' : 'always'} fails: write ${asked}${operator}${Number(number) / 100} for ${number} %.`;
  return undefined;
}

/** What a result of the script will lack for comparisons. */
export function summaryNotes({ summaryTrendStats }: K6Options): string[] {
  const stats = summaryTrendStats ?? [];
  return [
    ...(stats.includes('p(99)') ? [] : ['The summary will have no p99: add p(99) to summaryTrendStats.']),
    ...(stats.includes('count')
      ? []
      : ['The summary will not say of how many requests: add count to summaryTrendStats.']),
  ];
}
