/** What the key of an attribute says of its value. */
export type KeyKind = 'keep' | 'secret' | 'person' | 'card' | 'phone' | 'statement' | 'id' | 'text';

/** Enumerations, names of code and infrastructure, and versions of the semantic conventions: never personal. */
const KEEP = new RegExp(
  `^(?:${[
    'service\\.(?!.*(?:password|secret))[\\w.-]+',
    'telemetry\\.[\\w.]+',
    'otel\\.[\\w.]+',
    'k8s\\.[\\w.-]+',
    'container\\.[\\w.-]+',
    'cloud\\.[\\w.]+',
    'faas\\.(?:name|version|trigger)',
    'host\\.(?:name|arch|type|id|image\\..+)',
    'os\\.(?:type|version|name|build_id)',
    'process\\.(?:pid|runtime\\..+|executable\\.name)',
    'deployment\\.[\\w.]+',
    'http\\.(?:method|route|status_code|flavor|scheme|request\\.method|response\\.status_code|request\\.method_original)',
    'network\\.(?!peer\\.address|local\\.address)[\\w.]+',
    'url\\.scheme',
    'url\\.template',
    'user_agent\\.(?:original|name|version)',
    'http\\.user_agent',
    'db\\.(?:system|system\\.name|name|namespace|operation|operation\\.name|collection\\.name|sql\\.table|response\\.status_code|client\\.connection\\.pool\\.name|client\\.connection\\.state|query\\.summary)',
    'rpc\\.(?:system|service|method|grpc\\.status_code)',
    'messaging\\.(?:system|operation|operation\\.type|operation\\.name|destination|destination\\.name|destination\\.template|consumer\\.group\\.name)',
    'code\\.(?:function|function\\.name|namespace|filepath|file\\.path|lineno|line\\.number)',
    'thread\\.(?:name|id)',
    'exception\\.type',
    'error\\.type',
    'span\\.kind',
    'express\\.(?:name|type)',
    'feature_flag\\.[\\w.]+',
    'server\\.port',
    'net\\.(?:peer\\.port|peer\\.name|host\\.name|host\\.port|transport)',
  ].join('|')})$`,
);

const LAST = '(?:^|[._\\-/])';
const SECRET = new RegExp(
  `${LAST}(?:passw(?:or)?d|pwd|passphrase|secret|api[_-]?key|apikey|access[_-]?key|private[_-]?key|credentials?|authorization|proxy-authorization|cookie|set-cookie|(?:auth|access|refresh|id|session|security|csrf)?[_-]?token|client[_-]?secret)$`,
  'i',
);
const PERSON = new RegExp(
  `${LAST}(?:(?:user|customer|enduser|patient|employee|person|contact|cardholder)[._-]?(?:full[._-]?)?name|username|full[_-]?name|first[_-]?name|last[_-]?name|surname)$`,
  'i',
);
const CARD = new RegExp(
  `${LAST}(?:(?:credit|debit)?[_-]?card(?:[._-]?(?:number|no|num))?|pan|cc[_-]?(?:number|num))$`,
  'i',
);
const PHONE = new RegExp(`${LAST}(?:(?:tele)?phone|mobile|msisdn|fax|tel)(?:[._-]?(?:number|no|nr))?$`, 'i');
const STATEMENT = /^db\.(?:query\.text|statement|sql|query)$|(?:^|[._])sql$|^(?:query|statement)$/i;
const ID =
  /(?:^|[._-])(?:id|ids|uuid|guid|hash|sha\d*|digest|version|commit|revision|build|etag|checksum|fingerprint|traceparent)$|(?:Id|ID|Uuid|UUID|Hash|Version)$/;

const known = new Map<string, KeyKind>();
const MAX_KNOWN = 10_000;

/** The kind of a key; remembered, because few keys carry most attributes. */
export function keyKind(key: string): KeyKind {
  const before = known.get(key);
  if (before !== undefined) return before;
  const kind = find(key);
  if (known.size < MAX_KNOWN) known.set(key, kind);
  return kind;
}

function find(key: string): KeyKind {
  if (key.length > 256) return 'text';
  if (KEEP.test(key)) return 'keep';
  if (SECRET.test(key)) return 'secret';
  if (PERSON.test(key)) return 'person';
  if (CARD.test(key)) return 'card';
  if (PHONE.test(key)) return 'phone';
  if (STATEMENT.test(key)) return 'statement';
  return ID.test(key) ? 'id' : 'text';
}
