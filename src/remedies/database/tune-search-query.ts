import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { componentOf } from '../../readings/compose.js';
import { figure, partName, sceneOf, slowStatements } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

const engine = (context: Context, about: Subject) => {
  const own = componentOf(context, about);
  const store =
    own?.subject.kind === 'search'
      ? own
      : slowStatements(context).find((s) => s.subject.id === about.id)?.database;
  return store?.subject.kind === 'search' ? store : undefined;
};

const blocked = (context: Context, about: Subject): Text | undefined =>
  engine(context, about) ? undefined : say`${name(about.name)} does not run on a search engine.`;

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const store = engine(context, target.subject);
  const db = partName(store, say`the search engine`);
  const statement =
    slowStatements(context).find((s) => s.subject.id === target.subject.id) ?? slowStatements(context)[0];
  const what: Text = statement ? say`${name(statement.subject.name)}` : say`the slowest query on ${db}`;
  const shards = store ? context.facts.find({ name: 'shards', subject: store.subject }) : undefined;
  const size = store ? context.facts.find({ name: 'storage.size', subject: store.subject }) : undefined;
  const each =
    shards && size
      ? figure(
          scene,
          'shard.size',
          [size.value / shards.value, 'bytes'],
          'data held ÷ primary shards',
          [size, shards],
          store?.subject,
        )
      : undefined;
  const refresh = context.changes.find((c) => /refresh/i.test(c.summary));
  return {
    title: say`Make ${what} on ${db} touch fewer shards, fields and buckets`,
    description: say`${what} asks every shard of ${db} and waits for the slowest. Conditions that only include or exclude go into filter context, which is cached; counts are taken over the fields that are shown, with a bound on buckets; and what few users need (exact totals, deep pages) is not computed for all.${refresh ? say` ${quote(refresh.summary)}: each refresh drops cached filters of the newest segments, so it costs ${what} too.` : ''}`,
    benefit: statement
      ? say`${what} takes ${num(statement.time)}${statement.fromSlowLog ? ' as a mean of its slow runs' : ''}, of ${aimWords(scene)}; with fewer shards asked and cached filters it falls with what is no longer visited, and so does the search thread pool of ${db}.`
      : say`Time and search threads of ${db} that ${what} takes fall with what it no longer visits.`,
    riskText: say`Totals become “at least”, rare facets may be missing from long tails: agree with whoever owns ${scene.app} which of them users read.`,
    effortText: say`One to three days: profile, rewrite, compare results on a sample of real queries to ${db}.${shippingNote(context)}`,
    verification: say`Profile of ${what} before and after on the same queries; p99, search queue and rejections of ${db} at the evening’s rate.`,
    design: [
      code(
        'json',
        say`{
  "track_total_hits": false,
  "_source": ["<fields shown>"],
  "query": { "bool": {
    "filter": [ { "term": { "<keyword field>": "<value>" } }, { "range": { "<date field>": { "gte": "now-<days>d/d" } } } ],
    "must":   [ { "match": { "<text field>": "<words of the user>" } } ] } },
  "aggs": { "by_value": { "terms": { "field": "<keyword field>", "size": <shown>, "execution_hint": "global_ordinals" } } }
}`,
        say`${what} on ${db}; add "profile": true to see what each part costs`,
      ),
      code(
        'bash',
        say`curl -s -X PUT "$SEARCH_URL/<index>/_mapping" -H 'Content-Type: application/json' -d '{"properties":{"<facet field>":{"type":"keyword","eager_global_ordinals":true}}}'
curl -s -X PUT "$SEARCH_URL/<index>/_settings" -H 'Content-Type: application/json' -d '{"index.refresh_interval":"<as long as freshness allows>s","index.requests.cache.enable":true}'
curl -s "$SEARCH_URL/_cat/shards/<index>?v&h=shard,prirep,docs,store,node"`,
        say`Settings on ${db}${each && shards ? say`: ${num(shards)} primary shards of ${num(each)} each` : ''}`,
      ),
      bullets([
        say`Round dates in filters of ${what} to the minute or the day: “now” makes every filter a new one, and none is found in the cache again.`,
        say`Route by tenant or category where ${what} always has one: then a query visits one shard of ${db} and not ${shards ? num(shards) : say`all of them`}.`,
        say`Facets of the most frequent queries come from a cache keyed by the normalised query; only the rest reaches ${db}.`,
      ]),
    ],
  };
}

export default {
  id: 'tune-search-query',
  layer: 'database',
  title: 'A search query that visits less',
  effort: 'days',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.3, 0.7] },
  blocked,
  advise,
} satisfies Remedy;
