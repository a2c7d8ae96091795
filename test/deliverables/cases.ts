import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Deliverable, plain } from '../../src/domain/index.js';
import { investigate } from '../../src/investigate/investigate.js';

const example = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../examples/${path}`, import.meta.url)), 'utf8');

/** Names that end strings, comments, templates and statements of every language that files are written in. */
export const HOSTILE = [
  '"Shop" `rm -rf /` $(id)',
  "O'Brien'; DROP TABLE orders; --",
  '</script><script>alert(1)</script>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a name that looks like a template
  '${process.exit(1)} {{ $labels.job }} [[x]] @all',
  '*/ evil(); /* | # heading \\ ../../etc/passwd',
] as const;

/** Every name of the case is hostile, in every input. */
export const hostilePrompt = (name: string): string => `[app_name]: ${name}
[architecture]: Node.js (Express) API "${name}" → Redis cache → PostgreSQL 15 primary + read replica on Kubernetes
[performance_issues]: p99 of ${name} went from 480ms to 1.8s during ${name}; CPU pegged at 90%; DB connections maxed.
[current_metrics]: p50 120ms, p95 600ms, p99 1.8s, QPS 3k steady, 6k peak; Redis hit rate 71%; slow query log shows 120ms avg for ${name} lookup.
[target_metrics]: p99 < 700ms under 8k QPS, error rate < 0.5%
[observability]: Datadog APM, New Relic, Dynatrace, Azure Monitor, CloudWatch, Prometheus, Grafana, k6, pyroscope
[recent_changes]: Added ${name} service call inside checkout last week; switched to new ORM version.
[constraints]: PCI: ${name} must stay
[workload]: Highly bursty, 80% ${name}, 20% write, payloads ~3KB.
[dependencies]: Redis cluster (3 shards), Postgres, internal "${name}" service, third-party ${name} API.
`;

export const PROMPTS: readonly (readonly [string, string])[] = [
  ['the example of the brief', example('novapay/prompt.txt')],
  ['Java, Kafka, Elasticsearch', example('prompts/search-jvm-kafka.txt')],
  ['Django, MySQL, Celery', example('prompts/shop-django-mysql.txt')],
  ['Go, gRPC, DynamoDB', example('prompts/ledger-go-dynamodb.txt')],
  ['.NET, SQL, CDN before a sale', example('prompts/tickets-dotnet-sql.txt')],
  [
    'Java and Postgres with every tool',
    `[app_name]: Rates
[architecture]: Spring Boot API → PostgreSQL 16 on EC2 behind an ALB, RabbitMQ workers
[performance_issues]: GC pauses of 900 ms, p99 3s
[current_metrics]: p99 3s at 900 req/s, CPU 85%
[target_metrics]: p99 < 1s at 1,200 req/s, 99.9% availability
[observability]: New Relic, Dynatrace, CloudWatch, Gatling`,
  ],
];

export interface Made {
  deliverables: Deliverable[];
  files: Map<string, string>;
}

const made = new Map<string, Promise<Made>>();
/** The files of a case, as they are written to disk. */
export function deliverablesOf(prompt: string): Promise<Made> {
  const before = made.get(prompt);
  if (before) return before;
  const now = make(prompt);
  made.set(prompt, now);
  return now;
}

export async function make(prompt: string): Promise<Made> {
  const { result } = await investigate({ caseText: prompt, evidence: [], redact: true });
  const files = new Map(
    result.deliverables.map((d) => [
      d.path,
      `${plain(d.text).replaceAll('\u202f', '').replace(/\n+$/, '')}\n`,
    ]),
  );
  return { deliverables: result.deliverables, files };
}
