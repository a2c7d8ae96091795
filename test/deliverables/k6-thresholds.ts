/** k6 takes only these aggregations for each kind of metric; `k6 inspect` accepts others and the run then fails. */
const METRICS: Record<string, 'trend' | 'rate' | 'counter'> = {
  http_req_duration: 'trend',
  grpc_req_duration: 'trend',
  http_req_failed: 'rate',
  checks: 'rate',
  dropped_iterations: 'counter',
};
const NUMBER = '\\d+(?:\\.\\d+)?';
const GRAMMAR = {
  trend: new RegExp(`^(?:avg|min|max|med|p\\(${NUMBER}\\))\\s*(?:<|<=|>|>=|==|!=)\\s*${NUMBER}$`),
  rate: new RegExp(`^rate\\s*(?:<|<=|>|>=|==|!=)\\s*${NUMBER}$`),
  counter: new RegExp(`^(?:count|rate)\\s*(?:<|<=|>|>=|==|!=)\\s*${NUMBER}$`),
} as const;

type Threshold = string | { threshold: string; abortOnFail?: boolean; delayAbortEval?: string };

/** Thresholds of a script that k6 would not take; the options are evaluated as k6 does, without its modules. */
export function wrongThresholds(script: string): string[] {
  const head = script.slice(0, script.indexOf('\n/** ', script.indexOf('export const options')));
  const body = head.replace(/^import .*$/gm, '').replace('export const options', 'const options');
  return thresholdFaults(new Function('__ENV', `${body}\nreturn options;`)({}) as ThresholdOptions);
}

interface ThresholdOptions {
  scenarios: Record<string, unknown>;
  thresholds: Record<string, Threshold[]>;
  summaryTrendStats: string[];
}

/** The same of options that were evaluated already. */
export function thresholdFaults(options: ThresholdOptions): string[] {
  const wrong: string[] = [];
  for (const [key, list] of Object.entries(options.thresholds)) {
    const [, metric = '', scenario] = /^(\w+)(?:\{scenario:(\w+)\})?$/.exec(key) ?? [];
    const kind = METRICS[metric];
    if (!kind) wrong.push(`${key}: no such metric`);
    if (scenario && !(scenario in options.scenarios)) wrong.push(`${key}: no such scenario`);
    for (const t of list) {
      const text = typeof t === 'string' ? t : t.threshold;
      if (kind && !GRAMMAR[kind].test(text)) wrong.push(`${key}: ${text}`);
      const percentile = /^p\(/.exec(text) ? text.slice(0, text.indexOf(')') + 1) : undefined;
      if (percentile && !options.summaryTrendStats.includes(percentile))
        wrong.push(`${percentile} is not in the summary`);
    }
  }
  if (!options.summaryTrendStats.includes('count')) wrong.push('no count in the summary');
  return wrong;
}
