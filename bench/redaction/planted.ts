import { checkDigit97, luhnDigit, spanishLetter } from './check-digits.js';
import { BASE62, DIGITS, type Draw, HEX, LOWER, UPPER } from './random.js';

/** Something that must be cut: how it is made, what is said around it in prose, and under which keys it stands. */
export interface Planted {
  kind: string;
  value(draw: Draw): string;
  /** Sentences with `%` in the place of the value. */
  prose: readonly string[];
  /** Keys of attributes whose value it is; none for what stands in prose only. */
  keys: readonly string[];
}

const FIRST = ['Ann', 'Bob', 'María', 'Jürgen', 'Chidi', 'Li', 'Fatima', 'Olga', 'Sean', 'Priya'];
const LAST = ['Lee', 'Okafor', 'García', 'Müller', 'Novak', 'Singh', 'Rossi', 'Smith', 'Dubois', 'Haddad'];
const DOMAINS = ['example.com', 'mail.example.co.uk', 'example.org', 'shop.example.de', 'corp.example.io'];
const word = (d: Draw, n: number): string => d.text(LOWER, n);
const person = (d: Draw): string => `${d.one(FIRST)} ${d.one(LAST)}`;
const ipv4 = (d: Draw): string =>
  d.one([
    `10.${d.int(0, 255)}.${d.int(0, 255)}.${d.int(1, 254)}`,
    `192.168.${d.int(0, 255)}.${d.int(1, 254)}`,
    `172.${d.int(16, 31)}.${d.int(0, 255)}.${d.int(1, 254)}`,
    `${d.one([34, 52, 81, 91, 185, 203])}.${d.int(0, 255)}.${d.int(0, 255)}.${d.int(1, 254)}`,
  ]);
const group = (d: Draw): string => d.int(1, 0xffff).toString(16);
const ipv6 = (d: Draw): string =>
  d.one([
    `2001:db8::${group(d)}:${group(d)}`,
    `fe80::${group(d)}:${group(d)}:${group(d)}:${group(d)}`,
    `2a00:${group(d)}:${group(d)}:${group(d)}:${group(d)}:${group(d)}:${group(d)}:${group(d)}`,
  ]);
const base64 = (d: Draw, bytes: number): string =>
  Buffer.from(Array.from({ length: bytes }, () => d.int(0, 255))).toString('base64');
const base64url = (d: Draw, bytes: number): string =>
  Buffer.from(Array.from({ length: bytes }, () => d.int(0, 255))).toString('base64url');
const json64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function card(d: Draw): string {
  const [start, length] = d.one([
    ['4', 16],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['34', 15],
    ['37', 15],
    ['6011', 16],
    ['36', 14],
  ] as const);
  const body = start + d.text(DIGITS, length - start.length - 1);
  const all = body + luhnDigit(body);
  if (length === 16 && d.chance(0.4)) return all.replace(/(\d{4})(?=\d)/g, d.one(['$1 ', '$1-']));
  if (length === 15 && d.chance(0.4)) return all.replace(/(\d{4})(\d{6})(\d{5})/, '$1 $2 $3');
  return all;
}

function iban(d: Draw): string {
  const [country, bban] = d.one([
    ['DE', d.text(DIGITS, 18)],
    ['GB', d.text(UPPER, 4) + d.text(DIGITS, 14)],
    ['FR', d.text(DIGITS, 10) + d.text(DIGITS + UPPER, 11) + d.text(DIGITS, 2)],
    ['NL', d.text(UPPER, 4) + d.text(DIGITS, 10)],
    ['ES', d.text(DIGITS, 20)],
    ['NO', d.text(DIGITS, 11)],
  ] as const);
  const whole = country + checkDigit97(country, bban) + bban;
  return d.chance(0.5) ? whole.replace(/(.{4})(?=.)/g, '$1 ') : whole;
}

const nationalId = (d: Draw): string => {
  const eight = d.text(DIGITS, 8);
  return d.one([
    `${d.int(100, 665)}-${d.int(10, 99)}-${d.int(1000, 9999)}`,
    `${d.text('ABCEGHJKLM', 2)}${d.text(DIGITS, 6)}${d.one(['A', 'B', 'C', 'D'])}`,
    `${eight}${spanishLetter(eight)}`,
  ]);
};

const phone = (d: Draw): string =>
  d.one([
    `+49 1${d.int(50, 79)} ${d.text(DIGITS, 7)}`,
    `+1 ${d.int(201, 989)}-${d.int(200, 999)}-${d.text(DIGITS, 4)}`,
    `+1${d.int(201, 989)}${d.int(200, 999)}${d.text(DIGITS, 4)}`,
    `(${d.int(201, 989)}) ${d.int(200, 999)}-${d.text(DIGITS, 4)}`,
    `+44 20 7${d.text(DIGITS, 3)} ${d.text(DIGITS, 4)}`,
    `+33 6 ${d.text(DIGITS, 2)} ${d.text(DIGITS, 2)} ${d.text(DIGITS, 2)} ${d.text(DIGITS, 2)}`,
    `+91${d.one(['7', '8', '9'])}${d.text(DIGITS, 9)}`,
  ]);

const password = (d: Draw): string =>
  d.one([
    `${word(d, 6)}${d.int(10, 9999)}!`,
    d.text(BASE62, 14),
    `${word(d, 5)}-${word(d, 6)}-${word(d, 4)}`,
    d.text(DIGITS, 8),
  ]);

const opaque = (d: Draw): string => d.one([d.text(BASE62, 32), d.text(HEX, 40), base64url(d, 32)]);
const jwt = (d: Draw): string =>
  `${json64({ alg: 'HS256', typ: 'JWT' })}.${json64({ sub: word(d, 8), exp: d.int(1e9, 2e9) })}.${base64url(d, 32)}`;

function pem(d: Draw): string {
  const kind = d.one(['RSA PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY', 'OPENSSH PRIVATE KEY']);
  const lines = (base64(d, d.int(120, 400)).match(/.{1,64}/g) ?? []).join('\n');
  return `-----BEGIN ${kind}-----\n${lines}\n-----END ${kind}-----`;
}

const cookie = (d: Draw): string => d.one([d.text(BASE62, 26), `s%3A${d.text(BASE62, 32)}`, d.text(HEX, 32)]);

/** Every kind that the suite plants. Nothing here is anybody's: all values are drawn. */
export const PLANTED: readonly Planted[] = [
  {
    kind: 'email',
    value: (d) =>
      `${d.one([word(d, 7), `${word(d, 4)}.${word(d, 6)}`, `${word(d, 5)}+${word(d, 3)}`, `${word(d, 4)}_${d.int(1, 99)}`])}@${d.one(DOMAINS)}`,
    prose: ['sending receipt to % failed', 'user % signed in', 'duplicate account: %', 'from=<%> to=queue'],
    keys: ['email', 'user.email', 'customerEmail', 'enduser.id', 'to'],
  },
  {
    kind: 'phone',
    value: phone,
    prose: [
      'sms to % not delivered',
      'called % twice',
      'callback for % scheduled',
      'verification code sent to %',
    ],
    keys: ['phone', 'customer.phone', 'mobileNumber', 'msisdn'],
  },
  {
    kind: 'ipv4',
    value: ipv4,
    prose: [
      'connection from % refused',
      'rate limit hit by %',
      'peer %:5432 closed the connection',
      'dial tcp %:443: i/o timeout',
    ],
    keys: ['client.address', 'net.peer.ip', 'remote_addr', 'clientIp', 'x-forwarded-for'],
  },
  {
    kind: 'ipv6',
    value: ipv6,
    prose: ['connection from % refused', 'listening peer [%]:443', 'blocked % after 5 attempts'],
    keys: ['client.address', 'remote_addr', 'peer_ip'],
  },
  {
    kind: 'card',
    value: card,
    prose: [
      'card % declined by issuer',
      'charging % for the order',
      'payment with % was refused',
      'pan=% expired',
    ],
    keys: ['card_number', 'cardNumber', 'payment.card', 'pan'],
  },
  {
    kind: 'iban',
    value: iban,
    prose: ['payout to % queued', 'account % closed', 'debit from % bounced'],
    keys: ['iban', 'bank.iban', 'creditorAccount'],
  },
  {
    kind: 'national-id',
    value: nationalId,
    prose: [
      'ssn % does not match',
      'national id % rejected',
      'tax id: % unknown',
      'checked passport or national identity number %',
    ],
    keys: ['ssn', 'national_id', 'customer.tax_id', 'socialSecurityNumber'],
  },
  {
    kind: 'person',
    value: person,
    prose: [],
    keys: ['user.full_name', 'customer_name', 'firstName', 'cardholder_name', 'patient.name'],
  },
  {
    kind: 'cloud-key-id',
    value: (d) => `${d.one(['AKIA', 'ASIA'])}${d.text(`${UPPER}234567`, 16)}`,
    prose: ['signing with % failed', 'access denied for %', 'assumed role with key % expired'],
    keys: ['aws_access_key_id', 'accessKeyId', 'cloud.key'],
  },
  {
    kind: 'cloud-secret-key',
    value: (d) => base64(d, 30),
    prose: ['aws_secret_access_key=%', 'env AWS_SECRET_ACCESS_KEY=% set', 'secretAccessKey: %'],
    keys: ['aws_secret_access_key', 'secretAccessKey'],
  },
  {
    kind: 'maker-token',
    value: (d) =>
      d.one([
        `${d.one(['ghp', 'gho', 'ghs'])}_${d.text(BASE62, 36)}`,
        `glpat-${d.text(BASE62, 20)}`,
        `xoxb-${d.text(DIGITS, 11)}-${d.text(DIGITS, 12)}-${d.text(BASE62, 24)}`,
        `sk_live_${d.text(BASE62, 24)}`,
        `AIza${d.text(BASE62, 35)}`,
        `npm_${d.text(BASE62, 36)}`,
        `SG.${d.text(BASE62, 22)}.${d.text(BASE62, 43)}`,
        `dop_v1_${d.text(HEX, 64)}`,
        `hvs.${d.text(BASE62, 24)}`,
      ]),
    prose: ['clone with % failed', 'webhook called with %', 'rejected key % (revoked)', 'using % for upload'],
    keys: ['github.token', 'apiToken', 'integration.key', 'note'],
  },
  {
    kind: 'jwt',
    value: jwt,
    prose: ['invalid token %', 'cannot verify %: signature mismatch', 'expired session %'],
    keys: ['id_token', 'auth.jwt', 'session.value'],
  },
  {
    kind: 'bearer',
    value: opaque,
    prose: ['Authorization: Bearer %', 'header authorization="Bearer %" rejected', 'retrying with bearer %'],
    keys: ['http.request.header.authorization', 'access_token', 'authToken'],
  },
  {
    kind: 'basic',
    value: (d) => Buffer.from(`${word(d, 5)}:${password(d)}`).toString('base64'),
    prose: ['Authorization: Basic %', 'proxy-authorization: Basic % refused'],
    keys: [],
  },
  {
    kind: 'cookie',
    value: cookie,
    prose: [
      'Cookie: sid=%',
      'Set-Cookie: session=%; Path=/; HttpOnly; Max-Age=3600',
      'cookie: theme=dark; JSESSIONID=%',
      'Cookie: connect.sid=%; lang=en',
    ],
    keys: ['http.request.header.cookie', 'set-cookie'],
  },
  {
    kind: 'pem',
    value: pem,
    prose: ['loaded key % from file', 'cannot parse % as a key'],
    keys: ['tls.private_key', 'config'],
  },
  {
    kind: 'connection-string',
    value: password,
    prose: [
      'cannot connect to postgres://app:%@db.internal:5432/shop',
      'using redis://:%@cache:6379/0',
      'mongodb+srv://svc:%@cluster0.example.net/test?retryWrites=true unreachable',
      'Server=tcp:db,1433;Database=shop;User Id=app;Password=%;Encrypt=true',
      'jdbc:postgresql://db:5432/shop?user=app&password=%&ssl=true',
      'amqp://guest:%@mq:5672/%2f closed',
    ],
    keys: [],
  },
  {
    kind: 'password',
    value: password,
    prose: [
      'login with password=% failed',
      'PGPASSWORD=% psql -h db',
      'passwd: % rejected',
      'started with --password %',
    ],
    keys: ['password', 'db.password', 'userPassword', 'passphrase', 'spring.datasource.password'],
  },
  {
    kind: 'api-key',
    value: opaque,
    prose: ['api_key=% over quota', 'X-Api-Key: % unknown', 'apikey: % revoked', 'client_secret=% invalid'],
    keys: ['api_key', 'x-api-key', 'clientSecret', 'webhook.signing_secret', 'ENCRYPTION_KEY'],
  },
  {
    kind: 'url-query',
    value: (d) =>
      d.one([
        word(d, 9),
        d.text(BASE62, 18),
        `${word(d, 4)}%40example.com`,
        `${d.one(FIRST.slice(0, 2))}+${d.one(LAST.slice(0, 2))}`,
      ]),
    prose: [
      'GET /account?email=%&page=2 404',
      'redirect to https://shop.example.com/reset?token=%',
      'fetch http://search.internal/v1/people?q=%&limit=20 took long',
      'POST /oauth/callback?code=%&state=ok 500',
      'GET /export?sig=%&expires=1767225600 403',
    ],
    keys: [],
  },
  {
    kind: 'sql-literal',
    value: (d) =>
      d.one([`${d.one(FIRST)} ${d.one(LAST)}`, word(d, 8), `${d.int(1, 99)} ${word(d, 6)} street`]),
    prose: [
      "SELECT id, total FROM orders WHERE customer = '%' AND total > 100 LIMIT 50",
      "UPDATE users SET city = '%' WHERE id = 42317",
      "INSERT INTO addresses (user_id, line) VALUES (99120, '%')",
      "DELETE FROM carts WHERE owner = '%' AND updated_at < '2026-01-05 10:00:00'",
      "select count(*) from people p where p.name like '%' and p.age > 30",
    ],
    keys: [],
  },
];
