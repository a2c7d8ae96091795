import type { InputKey, Place } from '../domain/index.js';
import type { Recognised } from '../knowledge/index.js';
import { FAMILY_TREE, type Family, STATISTIC_TREE } from './families.js';
import type { Passed, Quantity } from './figures/quantity.js';
import { type Match, matchPhrases, type Word, wordsOf } from './lexicon.js';
import { productsIn } from './products.js';
import { readQuantities } from './quantities.js';
import { isArrow, type Token, tokenise } from './tokens.js';

/** A product named in the text, with its version where one follows. */
export interface ProductMention {
  product: string;
  from: number;
  to: number;
  version?: { from: number; to: number; text: string };
}

/** One input taken apart: everything later steps look at. All positions are token numbers. */
export interface Frame {
  input: InputKey;
  text: string;
  tokens: Token[];
  words: Word[];
  quantities: Quantity[];
  passed: Passed[];
  families: Match<Family[]>[];
  statistics: Match<string>[];
  products: ProductMention[];
  /** Sentence number of each token: points, full stops and semicolons part them. */
  sentence: number[];
  /** Segment number of each token: commas, parentheses and arrows part them too. */
  segment: number[];
  /** Parenthesis group of each token, 0 for none. */
  group: number[];
  /** The token that opens each group. */
  opens: number[];
}

/** Takes one input apart. Time and space grow with its length. */
export function frameOf(input: InputKey, text: string, pointsGroup = false): Frame {
  const tokens = tokenise(text, pointsGroup);
  const words = wordsOf(tokens);
  const products = productMentions(tokens, productsIn(text));
  const versionTokens = new Set(
    products.flatMap((p) => (p.version ? range(p.version.from, p.version.to) : [])),
  );
  for (const t of otherVersions(tokens)) versionTokens.add(t);
  const { quantities, passed } = readQuantities(tokens, (i) => versionTokens.has(i));
  return {
    input,
    text,
    tokens,
    words,
    quantities,
    passed,
    families: matchPhrases(words, FAMILY_TREE),
    statistics: matchPhrases(words, STATISTIC_TREE).map((m) => withoutFigure(tokens, m)),
    products,
    ...regions(tokens),
  };
}

/** "p99 9s" is a percentile and a figure, "p99.9" one percentile. */
const withoutFigure = (tokens: readonly Token[], m: Match<string>): Match<string> =>
  m.value.length > 3 && m.to - m.from > 1 && /^p99$/i.test(tokens[m.from]?.text ?? '')
    ? { ...m, to: m.from + 1, value: 'p99' }
    : m;

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Characters [start, end) that tokens [from, to) cover, as a place. */
export function placeOf(frame: Frame, from: number, to: number): Place {
  const start = frame.tokens[from]?.start ?? 0;
  const end = frame.tokens[to - 1]?.end ?? start;
  return { input: frame.input, start, end, text: frame.text.slice(start, end) };
}

function regions(tokens: readonly Token[]): Pick<Frame, 'sentence' | 'segment' | 'group' | 'opens'> {
  const sentence: number[] = [];
  const segment: number[] = [];
  const group: number[] = [];
  const opens: number[] = [-1];
  let s = 0;
  let g = 0;
  const stack: number[] = [];
  tokens.forEach((t, i) => {
    if (t.text === '(' && stack.length < 8) {
      opens.push(i);
      stack.push(opens.length - 1);
      g++;
    }
    sentence.push(s);
    segment.push(g);
    group.push(stack.at(-1) ?? 0);
    if (t.text === ')' && stack.length > 0) {
      stack.pop();
      g++;
    } else if (t.kind === 'break' || (t.text === ';' && stack.length === 0)) {
      s++;
      g++;
      if (t.kind === 'break') stack.length = 0;
    } else if (t.text === ',' || t.text === ';' || t.text === '|' || isArrow(t) || isSpacedSlash(tokens, i))
      g++;
  });
  return { sentence, segment, group, opens };
}

/** "14 ms p50 / 210 ms p95": a slash between spaces parts like a comma. */
const isSpacedSlash = (tokens: readonly Token[], i: number): boolean => {
  const t = tokens[i];
  return t?.text === '/' && tokens[i - 1]?.end !== t.start && tokens[i + 1]?.start !== t.end;
};

const BETWEEN_VERSION =
  /^(?:client|driver|server|lts|version|v|sdk|engine|community|enterprise|jdk|release)$/;

/** Gives product hits token numbers, and the version that follows: "PostgreSQL 15", "ES 8.x", "client 7.17". */
function productMentions(tokens: readonly Token[], hits: readonly Recognised[]): ProductMention[] {
  const out: ProductMention[] = [];
  let at = 0;
  for (const hit of hits) {
    while (at < tokens.length && (tokens[at] as Token).end <= hit.start) at++;
    let end = at;
    while (end < tokens.length && (tokens[end] as Token).start < hit.end) end++;
    if (end === at) continue;
    let to = end;
    if (hit.version !== undefined) {
      for (let i = at + 1; i < end; i++)
        if (tokens[i]?.kind === 'number' || tokens[i]?.kind === 'version') {
          to = i;
          break;
        }
    }
    const version =
      hit.version !== undefined && to < end
        ? { from: to, to: end, text: hit.version }
        : versionAfter(tokens, end);
    out.push({ product: hit.product, from: at, to: Math.max(to, at + 1), ...(version ? { version } : {}) });
  }
  return out;
}

function versionAfter(tokens: readonly Token[], at: number): ProductMention['version'] {
  let i = at;
  if (tokens[i]?.kind === 'word' && BETWEEN_VERSION.test((tokens[i] as Token).lower)) i++;
  const t = tokens[i];
  if (!t) return undefined;
  if (t.kind === 'version') return { from: i, to: i + 1, text: t.text };
  if (t.kind === 'word' && /^v\d{1,3}(?:\.\d{1,3}){0,3}$/.test(t.lower))
    return { from: i, to: i + 1, text: t.text.slice(1) };
  if (t.kind !== 'number' || !looksLikeVersion(tokens, i)) return undefined;
  // "hit rate of Redis 0.62"
  if (
    (t.value ?? 1) < 1 &&
    tokens.slice(Math.max(0, at - 5), at).some((x) => /^(?:rate|ratio|share|utili[sz]ation)$/.test(x.lower))
  )
    return undefined;
  return { from: i, to: i + 1, text: t.text };
}

/** A figure after a product is its version unless a unit or a counted noun follows. */
function looksLikeVersion(tokens: readonly Token[], i: number): boolean {
  const t = tokens[i] as Token;
  if (!/^\d{1,4}(?:\.\d{1,3})?$/.test(t.text)) return false;
  if ((t.value ?? 0) > 100 && !/^20[0-3]\d(?:\.\d{1,3})?$/.test(t.text)) return false;
  const next = tokens[i + 1];
  if (next === undefined || next.kind === 'break') return true;
  const tight = next.start === t.end;
  // "PHP 8.1-fpm", "15-alpine"
  if (
    tight &&
    next.text === '-' &&
    tokens[i + 2]?.kind === 'word' &&
    /^(?:fpm|alpine|slim|lts|ce|ee|jre|jdk)$/i.test(tokens[i + 2]?.text ?? '')
  )
    return true;
  if (tight && next.kind === 'symbol')
    return !'%×$€/+–-'.includes(next.text) || (next.text === '/' && tokens[i + 2]?.kind === 'word');
  if (tight) return false;
  if (next.kind === 'symbol') return !'%×'.includes(next.text);
  return next.kind !== 'word' || !NOT_AFTER_VERSION.test(next.lower);
}
const NOT_AFTER_VERSION =
  /^(?:k|m|ms|s|sec|secs|seconds?|min|mins|minutes?|h|hours?|gb|mb|kb|tb|gib|mib|percent|x|vcpus?|cores?|cpus?|nodes?|pods?|instances?|shards?|partitions?|brokers?|hosts?|servers?|replicas?|workers?|connections?|conns|rps|qps|tps|req|requests|queries|msgs?|messages|million|thousand|billion|per|topics?|tables?|clusters?|consumers?|read|data|iops|gets|sets|ops|keys|threads?|of|machines?|tasks?|primar(?:y|ies)|times|calls|out)$/;

/** "Java 17", "Node 20", "TLS 1.3", "version 3": platforms whose number is never a quantity. */
const VERSIONED =
  /^(?:java|jdk|openjdk|node|node\.js|nodejs|go|golang|python|ruby|php|rust|scala|kotlin|elixir|dotnet|\.net|c#|core|framework|django|rails|laravel|spring|boot|react|angular|vue|tls|http|ipv|utf|version|release|windows|ubuntu|debian|rhel|linux|android|ios|swift|flink|spark|airflow|kubernetes|k8s|eks|hibernate|protocol|phase|level|tier|wave|option|step|sidekiq|celery|fastapi|flask|express|nest|nestjs|next|nextjs|symfony|magento|wordpress|drupal|quarkus|micronaut|akka|netty|tomcat|jetty|undertow|gunicorn|nginx|envoy|istio|helm|terraform|graphql|apollo|prisma|typeorm|sequelize|sqlalchemy|jpa|http\/|log4j|jackson|guice|grpc|openssl|python3|jruby|puma|unicorn|rfc|iso|soc|type|ph|g|gen)$/;

function otherVersions(tokens: readonly Token[]): number[] {
  const out: number[] = [];
  tokens.forEach((t, i) => {
    const before = tokens[i - 1];
    if (t.kind !== 'number' || before?.kind !== 'word') return;
    // "client library upgrade 2.20 → 2.25"
    const dotted =
      t.text.includes('.') &&
      /^(?:upgrade|upgraded|library|client|driver|sdk|operator|agent|firmware|kernel|chart|build|orm|plugin|model)$/.test(
        before.lower,
      );
    if (!dotted && !VERSIONED.test(before.lower)) return;
    if (before.end === t.start || !looksLikeVersion(tokens, i)) return;
    out.push(i);
    // "Django 3.2 -> 4.2", "Java 11 to 17": the figure after the arrow is a version too.
    const link = tokens[i + 1];
    const next = tokens[i + 2];
    if (
      next?.kind === 'number' &&
      link &&
      (isArrow(link) || link.lower === 'to') &&
      looksLikeVersion(tokens, i + 2)
    )
      out.push(i + 2);
  });
  return out;
}
