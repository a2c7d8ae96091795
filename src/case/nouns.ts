import type { FactName } from '../domain/index.js';

/** Counted things: the last word of "40 pods", "12 primary shards", "8 sync workers" says what is counted. */
const COUNTED: readonly (readonly [FactName, string])[] = [
  [
    'instances',
    'pod instance node host server machine vm jvm container broker dyno droplet box ec2 vms node(s) executor appliance coordinator',
  ],
  ['shards', 'shard'],
  ['partitions', 'partition'],
  ['replicas', 'replica copy copies standby standbys reader secondary secondaries'],
  ['workers', 'worker process processes consumer subprocess subprocesses'],
  ['threads.limit', 'thread child children'],
  ['connections.used', 'connection conn socket websocket'],
  [
    'users',
    'user session customer subscriber tenant device client player driver rider viewer shopper visitor merchant buyer seller member account org organisation organization organizations organisations dau mau ccu company companies workspace hotel hospital store shop student patient courier restaurant agent broker(s) trader reader(s) browser tab passenger fan attendee family families household installation install',
  ],
  [
    'rows.count',
    'row document doc record sku key vector embedding listing entry entries product article tuple edge vertex vertices',
  ],
  ['retry.count', 'retry retries attempt'],
  [
    'count.stated',
    'service microservice subgraph lambda function table index indexes indices region az zone cluster topic queue team engineer developer dev devs people person sre message msg event job task mail email order request query queries call span statement lookup write read ticket seat import file column field endpoint route page view visit vote widget goroutine fiber coroutine object slice photo image video trip ride booking payment transaction txn posting transfer push notification invoice report item line goroutine lock deadlock rebalance restart oom crash incident alert alarm model gpu feature parameter token batch batches frame chart dashboard datasource stream subscription room channel sensor meter vehicle truck parcel shipment stop hop step stage round trip roundtrip rack datacenter datacentre dc site monolith app application command op operation update insert mutation resolver block page(s) sale drop name price quote bid ad impression click rejection failure error exception timeout miss hit eviction scan segment commit fsync checkpoint',
  ],
];

const plural = (w: string): string[] =>
  w.includes('(')
    ? [w.replace(/[()]/g, '')]
    : w.endsWith('s') || w.endsWith('ies') || w.endsWith('ces')
      ? [w]
      : w.endsWith('y')
        ? [w, `${w}s`, `${w.slice(0, -1)}ies`]
        : w.endsWith('x') || w.endsWith('ch') || w.endsWith('ss')
          ? [w, `${w}es`]
          : [w, `${w}s`];

/** Lower-case singular or plural noun → the fact it counts. The first row that names a noun wins. */
export const COUNT_NOUNS: ReadonlyMap<string, FactName> = (() => {
  const map = new Map<string, FactName>();
  for (const [name, words] of COUNTED)
    for (const word of words.split(' ').flatMap(plural)) if (!map.has(word)) map.set(word, name);
  return map;
})();

/** Words that may not stand between a figure and the noun it counts. */
export const NOT_IN_NOUN_PHRASE = new Set(
  'of in at on for with to from by and or but per a an the is are was were be been has have had than then as when while during under over above below before after since until because so that which who via into behind each every if at@ make makes made generate receive receives get gets account take takes took run runs sit sits hit hits do does did can could will would should must may might not no now today yesterday currently normally usually only about around ~ vs versus more less fewer out off up down back'.split(
    ' ',
  ),
);
