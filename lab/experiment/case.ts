/** The ten inputs of every experiment: what the team would say of the system, and nothing of what is wrong with it. */
export const CASE = `app_name: NovaPay Checkout API
architecture: |-
  Node.js (Express) API → Redis cache → PostgreSQL primary + read endpoint
target_metrics: |-
  p99 < 250ms, error rate < 0.5%
observability: |-
  OpenTelemetry traces, metrics and logs; V8 CPU profiles
workload: |-
  55% order look-ups, 15% product pages, 30% checkouts
dependencies: |-
  Redis, PostgreSQL, internal coupon service, third-party tax API
`;
