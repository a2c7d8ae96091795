import { luhnDigit } from './check-digits.js';
import { BASE62, DIGITS, type Draw, HEX, LOWER, UPPER } from './random.js';

const two = (n: number): string => String(n).padStart(2, '0');
export const isoTime = (d: Draw): string =>
  `2026-${two(d.int(1, 12))}-${two(d.int(1, 28))}T${two(d.int(0, 23))}:${two(d.int(0, 59))}:${two(d.int(0, 59))}.${d.text(DIGITS, 3)}Z`;
export const uuid = (d: Draw): string =>
  `${d.text(HEX, 8)}-${d.text(HEX, 4)}-4${d.text(HEX, 3)}-a${d.text(HEX, 3)}-${d.text(HEX, 12)}`;
export const epochNs = (d: Draw): string => `17${d.text(DIGITS, 17)}`;
export const epochMs = (d: Draw): string => `17${d.text(DIGITS, 11)}`;
export const traceId = (d: Draw): string => d.text(HEX, 32);
export const spanId = (d: Draw): string => d.text(HEX, 16);
const METRICS = [
  'http_server_duration_seconds_bucket',
  'db_client_connections_usage',
  'auth_token_refresh_total',
  'password_reset_requests_total',
  'api_key_validations_total',
  'jvm_gc_pause_seconds_count',
  'redis_keyspace_hits_total',
  'session_cookie_bytes_sum',
];
export const metricName = (d: Draw): string => d.one(METRICS);

/** Sixteen digits that fail Luhn: an order number that looks like a card. */
const orderNumber = (d: Draw): string => {
  const body = `4${d.text(DIGITS, 14)}`;
  return body + String((Number(luhnDigit(body)) + d.int(1, 9)) % 10);
};
const pod = (d: Draw): string =>
  `checkout-${d.text('bcdfghjklmnpqrstvwxz2456789', 10)}-${d.text('bcdfghjklmnpqrstvwxz2456789', 5)}`;
const PNG = 'iVBORw0KGgoAAAANSUhEUgAA';
const image = (d: Draw): string => `data:image/png;base64,${PNG}${d.text(BASE62, 80)}==`;

/** What must stay, as it stands in prose. */
export const INNOCENT_PROSE: readonly ((d: Draw) => string)[] = [
  (d) => `took ${d.int(1, 99999)} ms`,
  (d) => `trace ${traceId(d)}`,
  (d) => `request ${uuid(d)} done in ${d.int(0, 9)}.${d.text(DIGITS, 3)}s`,
  (d) => `order ${orderNumber(d)} accepted`,
  (d) => `image sha256:${d.text(HEX, 64)}`,
  (d) => `commit ${d.text(HEX, 40)}`,
  (d) => `version ${d.int(0, 20)}.${d.int(0, 40)}.${d.int(0, 99)}.${d.int(0, 250)}`,
  (d) => `kafka offset ${d.text(DIGITS, 13)} lag ${d.int(0, 9999)}`,
  (d) => `at ${isoTime(d)}`,
  (d) => `start=${epochNs(d)}`,
  (d) => `metric ${metricName(d)} missing`,
  (d) => `pod ${pod(d)} restarted ${d.int(1, 30)} times`,
  (d) => `md5 ${d.text(HEX, 32)} crc ${d.text(HEX, 8)}`,
  (d) => `avatar ${image(d)}`,
  (d) => `heap ${d.int(1, 9)}.${d.int(0, 9)}e+${d.int(8, 9)} bytes`,
  (d) => `tokens: ${d.int(1, 99999)}, max_tokens ${d.int(1, 9999)}`,
  (d) => `token=expired retry_after=${d.int(1, 90)}`,
  (d) => `delta +${d.text('123456789', 11)} bytes`,
  (d) => `latencies ${d.int(100, 999)} ${d.int(100, 999)} ${d.int(1000, 9999)} ms`,
  (d) => `GET /api/orders/${d.int(1, 1e9)}/items?page=${d.int(1, 9)}&size=50&order_id=${d.int(1e5, 1e9)}`,
  (d) => `go${d.int(1, 2)}.${d.int(10, 25)}.${d.int(0, 9)} linux/amd64 chrome/${d.int(90, 140)}.0.0.0`,
  (d) =>
    `window ${two(d.int(0, 23))}:${two(d.int(0, 59))}:${two(d.int(0, 59))}-${two(d.int(0, 23))}:${two(d.int(0, 59))}:${two(d.int(0, 59))}`,
];

/** Attributes that must stay: key and value. */
export const INNOCENT_PAIRS: readonly ((d: Draw) => readonly [string, string | number])[] = [
  (d) => ['trace_id', traceId(d)],
  (d) => ['span_id', spanId(d)],
  (d) => ['duration_ms', d.int(0, 90000)],
  (d) => ['request_id', uuid(d)],
  (d) => ['service.version', `${d.int(1, 9)}.${d.int(0, 30)}.${d.int(0, 99)}.${d.int(0, 255)}`],
  (d) => ['order_id', orderNumber(d)],
  (d) => ['messaging.message.id', d.text(BASE62, 28)],
  (d) => ['k8s.pod.name', pod(d)],
  (d) => ['etag', d.text(BASE62, 27)],
  (d) => ['git.sha', d.text(HEX, 40)],
  (d) => ['timestamp', epochMs(d)],
  (d) => ['bytes', d.int(0, 2 ** 31)],
  (d) => ['ratio', `0.${d.text(DIGITS, 16)}`],
  (d) => ['token_count', d.int(0, 9999)],
  (d) => ['password_attempts', d.int(0, 9)],
  (d) => ['user_id', d.int(1, 1e9)],
  (d) => ['tenant.id', `t-${d.text(LOWER + DIGITS, 8)}`],
  (d) => ['http.status_code', d.one([200, 201, 404, 500, 503])],
  (d) => ['ulid', `01${d.text(`${DIGITS}ABCDEFGHJKMNPQRSTVWXYZ`, 24)}`],
  (d) => ['build', `${d.int(2020, 2026)}${two(d.int(1, 12))}${two(d.int(1, 28))}.${d.int(1, 40)}`],
  (d) => ['sku', `${d.text(UPPER, 3)}-${d.text(DIGITS, 6)}`],
  (d) => ['next_run', isoTime(d)],
];
