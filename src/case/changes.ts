import { type Change, type ChangeMechanism, type Subject, subject } from '../domain/index.js';
import { type Frame, placeOf } from './frame.js';
import { productOf } from './products.js';
import type { Mention } from './subjects.js';

const RULES: readonly (readonly [ChangeMechanism, RegExp])[] = [
  [
    'orm-upgrade',
    /\borms?\b|\bef core\b|\bentity framework\b|\bhibernate\b|\bsequelize\b|\btypeorm\b|\bprisma\b|\bsqlalchemy\b|\bactive ?record\b|\bgorm\b|\beloquent\b|\bdoctrine\b|\bjpa\b/,
  ],
  ['index-dropped', /\b(?:dropped|removed|deleted|drop|lost)\b.{0,40}\bind(?:ex|exes|ices)\b/],
  [
    'pool-change',
    /\bpool(?:ing)?\b|\bpgbouncer\b|\bhikari\w*|\bmax_?connections\b|\bconn_max_age\b|\bmaxpoolsize\b|\bmaxopenconns\b|\bpersistent connections\b/,
  ],
  ['timeout-change', /\btime-?outs?\b|\bdeadlines?\b/],
  ['retry-change', /\bretr(?:y|ies|ying)\b|\battempts?\b|\bbackoff\b/],
  [
    'cache-change',
    /\bttls?\b|\bisr\b|\bssg\b|\bstatic (?:site|generation|pages)\b|\bprerender\w*|\bserver-side render\w*|\bper-?(?:viewer|user|session) (?:token|cookie|key|query)|\bquery-?string\b|\bevict\w*|\bcach(?:e|es|ing|ed)\b|\bcdn\b|\bredis\b.{0,30}\b(?:key|flush|cluster|version|config)\b|\bmaxmemory\b|\binvalidat\w+/,
  ],
  [
    'schema-change',
    /\bschema\b|\bmigrations?\b|\balter(?:ed)? table\b|\bnew (?:column|table)\b|\bcolumns?\b|\badded (?:an? )?(?:column|table)\b|\bforeign keys?\b|\bpartition(?:ed|ing) (?:the )?\w*table\b/,
  ],
  [
    'query-change',
    /\bquer(?:y|ies)\b|\bjoins?\b|\b(?:on|for|in) (?:each|every) \w+|\bstatements?\b|\bsynonyms?\b|\bnew filter\b|\bsort(?:ing)?\b|\bresolver\b|\bcursor\b|\bpagination\b|\brefresh_interval\b/,
  ],
  [
    'call-added',
    /\b(?:added|adds|add|adding|introduced|introduces|new|inserted|now (?:also )?calls?|calls?|put|integrated|integration)\b.{0,70}\b(?:call|calls|check|lookup|lookups|step|request|service|api|widget|hook|webhook|integration|validation|enrichment|fraud|scoring)\b|\bcalls? \S+ (?:service|api)\b|\bper[- ](?:\w+ )?(?:record|row|item|event|message|scan|candidate|line|product|card|document|sensor)\b|\bsynchronous(?:ly)?\b/,
  ],
  ['feature-flag', /\b(?:feature )?flags?\b|\btoggle[ds]?\b|\bfeature gate\b|\blaunchdarkly\b/],
  [
    'runtime-upgrade',
    /\b(?:java|jdk|node(?:\.js)?|python|go|golang|\.net|dotnet|ruby|php|jvm|rails|django|spring boot|laravel|asp\.net(?: core)?|gc|g1|zgc|garbage collector)\b.{0,24}(?:\d|upgrade|version|collector)|\bupgraded? (?:to )?(?:java|node|python|go|\.net|ruby|php|rails|django|spring)\b/,
  ],
  [
    'library-upgrade',
    /\b(?:sdk|librar(?:y|ies)|driver|client|framework|dependenc(?:y|ies)|package|grpc|jackson)\b.{0,40}(?:upgrad\w+|v?\d|update[ds]?|bump\w*|->|→|to v)|\b(?:upgrad\w+|updated?|bump\w*|migrated)\b.{0,50}\b(?:sdk|librar(?:y|ies)|driver|client|framework|dependenc(?:y|ies))\b/,
  ],
  [
    'scaling-change',
    /\breplicas?\b|\bautoscal\w+|\bhpa\b|\bscal(?:ed|ing|e)\b|\bnodes? (?:from|to)\b|\bpods? (?:from|to)\b|\b(?:removed|added|reduced|cut|dropped)\b.{0,20}\b(?:pods|nodes|instances|servers|hosts|brokers)\b|\bmin ?replicas\b/,
  ],
  [
    'infrastructure-change',
    /\b(?:cpu|memory) limits?\b|\binstance (?:type|class|size)\b|\bmoved? (?:to|from)\b.{0,40}\b(?:aws|gcp|azure|region|cluster|eks|gke|aks|kubernetes|k8s|arm|graviton|spot|zone|datacenter|cloud|rds|aurora|fargate|lambda)\b|\bmigrat(?:ed|ion)\b.{0,40}\b(?:aws|gcp|azure|region|cluster|eks|gke|aks|kubernetes|k8s|arm|graviton|cloud|rds|aurora|fargate|lambda|zone)\b|\bgomaxprocs\b|\bservice mesh\b|\bistio\b|\bload balancer\b|\bgraviton\b|\bspot\b|\bdownsized?\b|\bright-?siz\w+|\bgp2\b|\bgp3\b|\bnew region\b|\bsharded\b|\bupgraded? (?:the )?(?:cluster|kafka|redis|postgres\w*|mysql|elasticsearch|kubernetes)\b/,
  ],
  [
    'traffic-change',
    /\btraffic\b|\bonboard(?:ed|ing)\b|\bcampaign\b|\bnew (?:customer|tenant|merchant|client|partner|market)s?\b|\b\d+x more messages\b|\bmore messages\b|\blaunched in\b|\bnewsletter\b|\bnow also carries\b/,
  ],
  [
    'data-growth',
    /\bgrew\b|\bgrown\b|\bgrowth\b|\bdoubled\b|\bbackfill\w*|\bimported\b|\b(?:rows|documents|docs|table|dataset|data)\b.{0,30}\b(?:from|to)\b.{0,20}\d/,
  ],
  [
    'logging-change',
    /\blog(?:ging|s| level)?\b|\bdebug\b|\btracing\b|\bapm agent\b|\botel\b|\bopentelemetry\b|\binstrumentation\b/,
  ],
  [
    'serialisation-change',
    /\bserial(?:iz|is)\w+|\bjson\b|\bprotobuf\b|\bavro\b|\bpayloads?\b|\bcompress\w+|\bgzip\b|\bbrotli\b|\bresponse (?:got|is|grew)\b|\bbigger\b|\buncompressed\b|\bimages?\b.{0,20}\b(?:quality|size)\b/,
  ],
  [
    'security-change',
    /\bm?tls\b|\bauth(?:entication|orization|z|n)?\b|\boauth\b|\bencrypt\w+|\bjwt\b|\bwaf\b|\bsso\b|\bbcrypt\b|\bargon2\b|\bsecurity\b|\bcertificates?\b/,
  ],
  [
    'batch-change',
    /\bbatch\w*|\bnightly\b|\bhourly\b|\bcron\w*|\betl\b|\bschedul\w+|\bjobs?\b|\bmax\.poll\.records\b|\bsync moved\b|\bairflow\b/,
  ],
  [
    'concurrency-change',
    /\bconcurren\w+|\bthreads?\b|\bworkers?\b|\basync\b|\bparallel\w*|\bgoroutines?\b|\bprefetch\b|\bvirtual threads\b|\bconsumers?\b/,
  ],
  [
    'config-change',
    /\bconfig\w*|\bsettings?\b|\bparameter\w*|\bset to\b|\braised\b|\blowered\b|\bincreased\b|\breduced\b|\bchanged\b|\benabled\b|\bdisabled\b|\b[a-z]+[._][a-z_.]+\b/,
  ],
];

const WHEN =
  /\b(?:last (?:week|month|night|quarter|year|sprint|release|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|this (?:week|month|year|morning|sprint)|yesterday|today|(?:a|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,3}|a few|several|some) ?(?:d|h|w|days?|weeks?|months?|years?|hours?|sprints?) ago|on (?:the \d{1,2}(?:st|nd|rd|th)|mondays?|tuesday|wednesday|thursday|friday|saturday|sunday|\d{4}-\d{2}-\d{2}|\d{1,2} [a-z]{3,9}|[a-z]{3,9} \d{1,2})|in (?:january|february|march|april|may|june|july|august|september|october|november|december)|since (?:last \w+|yesterday|\w+day|\d{1,2} [a-z]{3,9}|(?:january|february|march|april|may|june|july|august|september|october|november|december))|on [a-z]{3,9} \d{1,2}|\d{4}-\d{2}-\d{2}|(?:mon|tues|wednes|thurs|fri|satur|sun)day|vor \d{1,3} (?:tagen|wochen|monaten))\b/i;

/** "…; 10 days ago": a time by itself belongs to the change before it. */
const WHEN_ALONE = new RegExp(`^(?:${WHEN.source.slice(2, -2)}|\\d{1,3} ?h(?:ours?)? ago)$`, 'i');

/** Change events of recent_changes: one for each change of a list, with its mechanisms, its time and what it touches. */
export function changesOf(frame: Frame, mentions: readonly Mention[], app: Subject): Change[] {
  if (frame.input !== 'recent_changes') return [];
  const out: Change[] = [];
  let carriedWhen: string | undefined;
  for (const span of spansOf(frame)) {
    const place = placeOf(frame, span.from, span.to);
    const text = place.text;
    const lower = text.toLowerCase().replace(/\s+/g, ' ').slice(0, 600);
    if (
      /^(?:none|no changes?|no load tests?|nothing|no (?:recent )?(?:changes|deploys|deployments|releases)|n\/a)\b/.test(
        lower.trim(),
      ) ||
      /\bno load test\b/.test(lower)
    )
      continue;
    const before = out.at(-1);
    if (before && !before.when && WHEN_ALONE.test(lower)) {
      before.when = text;
      continue;
    }
    const when =
      WHEN.exec(text)?.[0] ??
      (span.heading ? WHEN.exec(span.heading)?.[0] : undefined) ??
      (span.continues ? carriedWhen : undefined);
    carriedWhen = when;
    const named = mentions.filter((m) => m.from >= span.from && m.to <= span.to && m.subject.id !== app.id);
    const mechanisms = mechanismsOf(frame, span, lower, named);
    const iso = /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?Z?)?\b/.exec(text)?.[0];
    const revision =
      /\b(?:commit|sha|rev(?:ision)?|release|version|tag)[ :#]{1,2}([0-9a-f]{7,40}|v?\d+\.\d+(?:\.\d+)?)\b/i.exec(
        text,
      )?.[1];
    const summary = text.replace(/\s+/g, ' ').slice(0, 160);
    out.push({
      subject: subject('change', summary),
      summary,
      mechanisms,
      ...(iso ? { at: isoOf(iso) } : {}),
      ...(when ? { when } : {}),
      touches: touchesOf(named, text, mechanisms, app),
      ...(revision ? { revision } : {}),
      origin: 'stated',
      place,
    });
  }
  return out;
}

const isoOf = (text: string): string =>
  text.length === 10 ? `${text}T00:00:00Z` : `${text.replace(' ', 'T')}${text.endsWith('Z') ? '' : 'Z'}`;

function mechanismsOf(
  frame: Frame,
  span: { from: number; to: number },
  lower: string,
  named: readonly Mention[],
): ChangeMechanism[] {
  const found: ChangeMechanism[] = [];
  for (const [mechanism, pattern] of RULES) if (pattern.test(lower)) found.push(mechanism);
  for (const p of frame.products) {
    if (p.from < span.from || p.to > span.to) continue;
    const product = productOf(p.product);
    const upgraded =
      /\b(?:upgrad\w+|updated?|bump\w*|->|→|moved? from|switched|migrated|to v?\d)/.test(lower) ||
      p.version !== undefined;
    if (!upgraded) continue;
    if (product?.use === 'platform' && p.version && !found.includes('runtime-upgrade'))
      found.push('runtime-upgrade');
    if (
      product &&
      p.version &&
      product.use !== 'platform' &&
      product.use !== 'library' &&
      !found.includes('library-upgrade') &&
      /\bupgrad|->|→|\bto v?\d/.test(lower)
    )
      found.push('library-upgrade');
    if (product?.use === 'library' && !found.includes('library-upgrade') && !found.includes('orm-upgrade'))
      found.push('library-upgrade');
  }
  const specific = found.filter((m) => m !== 'config-change' && m !== 'query-change');
  void named;
  // A setting or a query is what is left when nothing more exact was said.
  const kept =
    specific.length > 0
      ? found.filter((m) => m !== 'config-change' && (m !== 'query-change' || specific.length < 2))
      : found;
  return kept.length === 0 ? ['code-change'] : kept.slice(0, 4);
}

function touchesOf(
  named: readonly Mention[],
  text: string,
  mechanisms: readonly ChangeMechanism[],
  app: Subject,
): string[] {
  const ids = new Set(named.map((m) => m.subject.id));
  // A change inside the app's own code or path touches the app as well.
  if (
    ids.size === 0 ||
    mechanisms.includes('call-added') ||
    mechanisms.includes('orm-upgrade') ||
    /\b(?:inside|in the|within|on every|to every|before each|synchronous)/i.test(text)
  )
    ids.add(app.id);
  return [...ids];
}

interface Span {
  from: number;
  to: number;
  /** "two weeks ago:" before a list. */
  heading?: string;
  continues: boolean;
}

const VERB =
  /^(?:added|adds|switched|moved|upgraded|introduced|enabled|disabled|removed|dropped|raised|lowered|increased|reduced|changed|migrated|rolled|deployed|replaced|set|new|shipped|launched|turned|bumped|cut|split|merged|rewrote|refactored|onboarded|started|stopped|doubled|halved|tripled|grew|went|released|converted|adopted|put|swapped|renamed|sharded|resized|scaled|deleted|created|imported|backfilled)$/;

/** Changes of a list: full stops, semicolons, points, and commas or "and" where a new verb begins. */
function spansOf(frame: Frame): Span[] {
  const out: Span[] = [];
  const { tokens } = frame;
  let from = 0;
  let heading: string | undefined;
  const close = (to: number, next: number, continues: boolean): void => {
    let a = from;
    let b = to;
    while (
      a < b &&
      (tokens[a]?.kind === 'symbol' ||
        tokens[a]?.kind === 'break' ||
        /^(?:and|also|then|plus)$/.test(tokens[a]?.lower ?? '') ||
        isListMark(frame, a))
    )
      a++;
    while (b > a && /^[,;:.]$/.test(tokens[b - 1]?.text ?? '')) b--;
    if (b > a && (b - a > 1 || tokens[a]?.kind === 'word'))
      out.push({ from: a, to: b, ...(heading ? { heading } : {}), continues });
    from = next;
  };
  let continues = false;
  for (let i = 0; i < tokens.length; i++) {
    const t = tokens[i];
    if (!t) break;
    const grouped = (frame.group[i] ?? 0) > 0 && !isListMark(frame, i);
    if (t.kind === 'break' || (t.text === ';' && !grouped)) {
      close(i, i + 1, continues);
      continues = false;
      heading = t.kind === 'break' ? undefined : heading;
    } else if (
      t.text === ':' &&
      !grouped &&
      i - from <= 6 &&
      WHEN.test(frame.text.slice(tokens[from]?.start, t.start))
    ) {
      heading = frame.text.slice(tokens[from]?.start, t.start);
      from = i + 1;
    } else if (
      !grouped &&
      i > from + 1 &&
      (t.text === ',' || t.lower === 'and') &&
      startsChange(frame, i + 1)
    ) {
      close(i, i + 1, continues);
      continues = true;
    } else if (!grouped && t.text === ',' && isIndependent(frame, i + 1)) {
      close(i, i + 1, continues);
      continues = false;
    }
  }
  close(tokens.length, tokens.length, continues);
  return out;
}

const isListMark = (frame: Frame, i: number): boolean =>
  frame.passed.some((p) => p.why === 'list-mark' && i >= p.from - 1 && i <= p.to);

function startsChange(frame: Frame, i: number): boolean {
  const t = frame.tokens[i];
  if (t?.lower === 'and' || t?.lower === 'also') return startsChange(frame, i + 1);
  if (t?.kind !== 'word' || !VERB.test(t.lower)) return false;
  // "… and new messages" inside one change needs more than the adjective.
  return t.lower !== 'new' || frame.tokens[i - 1]?.text === ',';
}

/** A comma before "<noun> <verb>": "seat map response got 3x bigger". */
function isIndependent(frame: Frame, i: number): boolean {
  if (/^no$/.test(frame.tokens[i]?.lower ?? '')) return true;
  for (let j = i; j < i + 5 && j < frame.tokens.length; j++) {
    const t = frame.tokens[j];
    if (t?.kind !== 'word') return false;
    if (
      j > i &&
      /^(?:got|was|were|went|grew|is|are|has|moved|raised|changed|doubled|dropped|increased|reduced|now|switched|upgraded|onboarded|set)$/.test(
        t.lower,
      )
    )
      return !/^(?:which|that|who|where|it|so|because|while|as|since)$/.test(frame.tokens[i]?.lower ?? '');
  }
  return false;
}
