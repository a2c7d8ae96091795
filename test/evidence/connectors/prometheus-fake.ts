import { type Fake, fakeServer, type Reply, type Seen } from './fake.js';

export interface FakeSeries {
  labels: Record<string, string>;
  value(seconds: number): string;
  histogram?(seconds: number): unknown;
}
export interface PrometheusFake {
  series: FakeSeries[];
  metadata?: Record<string, unknown>;
  token?: string;
  /** Answers before the fake itself does. */
  first?(request: Seen): Reply | undefined;
  /** Samples that one query may load. */
  maxSamples?: number;
}

const fault = (status: number, errorType: string, error: string): Reply => ({
  status,
  body: { status: 'error', errorType, error },
});

/** As strict as the server: forms only, times that can be read, 11,000 points a series, a limit of samples. */
export function prometheusFake(of: PrometheusFake): Promise<Fake> {
  return fakeServer((request) => {
    if (of.token !== undefined && request.headers.authorization !== `Bearer ${of.token}`)
      return { status: 401, body: 'Unauthorized\n' };
    const early = of.first?.(request);
    if (early) return early;
    const fields = request.method === 'POST' ? request.form : request.parameters;
    if (
      request.method === 'POST' &&
      !request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    )
      return fault(
        400,
        'bad_data',
        'invalid parameter "query": unknown position: parse error: no expression found in input',
      );
    const success = (data: unknown): Reply => ({ body: { status: 'success', data } });
    switch (request.path) {
      case '/api/v1/status/buildinfo':
        return success({ version: '3.5.0' });
      case '/api/v1/label/__name__/values':
        return success([...new Set(of.series.map((s) => s.labels.__name__))].sort());
      case '/api/v1/series':
        return success(matching(of.series, fields.get('match[]') ?? '').map((s) => s.labels));
      case '/api/v1/metadata':
        return success(of.metadata ?? {});
      case '/api/v1/query_exemplars':
        return success([]);
      case '/api/v1/rules':
        return success({ groups: [] });
      case '/api/v1/query':
        return success({ resultType: 'vector', result: [] });
      case '/api/v1/query_range':
        return range(of, fields);
      default:
        return { status: 404, body: '404 page not found' };
    }
  });
}

function matching(all: readonly FakeSeries[], selector: string): FakeSeries[] {
  const equal = /__name__="([^"]*)"/.exec(selector)?.[1];
  const regex = /__name__=~"((?:[^"\\]|\\.)*)"/.exec(selector)?.[1];
  if (selector.startsWith('ALERTS')) return all.filter((s) => s.labels.__name__ === 'ALERTS');
  const pattern = regex === undefined ? undefined : new RegExp(`^(?:${JSON.parse(`"${regex}"`)})$`);
  return all.filter((s) =>
    equal !== undefined ? s.labels.__name__ === equal : pattern?.test(s.labels.__name__ ?? '') === true,
  );
}

function range(of: PrometheusFake, fields: URLSearchParams): Reply {
  const [start, end, step] = ['start', 'end', 'step'].map((k) => Number(fields.get(k)));
  if (start === undefined || end === undefined || step === undefined || [start, end, step].some(Number.isNaN))
    return fault(400, 'bad_data', 'invalid parameter "start": cannot parse "" to a valid timestamp');
  if (end < start)
    return fault(400, 'bad_data', 'invalid parameter "end": end timestamp must not be before start time');
  const points = Math.floor((end - start) / step) + 1;
  if (points > 11_000)
    return fault(
      400,
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  const series = matching(of.series, fields.get('query') ?? '');
  if (of.maxSamples !== undefined && series.length * points > of.maxSamples)
    return fault(
      422,
      'execution',
      'query processing would load too many samples into memory in query execution',
    );
  const times = Array.from({ length: points }, (_, i) => start + i * step);
  return {
    body: {
      status: 'success',
      data: {
        resultType: 'matrix',
        result: series.map((s) => ({
          metric: s.labels,
          ...(s.histogram
            ? { histograms: times.map((t) => [t, s.histogram?.(t)]) }
            : { values: times.map((t) => [t, s.value(t)]) }),
        })),
      },
    },
  };
}
