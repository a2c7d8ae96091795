/** Words that name nothing by themselves: they end a name on its left or right. */
export const STOP = new Set(
  `a an the sequential serial parallel concurrent consecutive this that these those them themselves us our your their its my we they it i you he she of in on at by for from to with without within into onto over under above below before after
 during since until while when whenever where which who whom whose why how if then else than as like via per and or but nor so yet both either neither not no yes is are was
 were be been being has have had having do does did done can could will would shall should may might must need needs needed want wants also only just even still already now
 currently today yesterday tomorrow last next every each all any some most many few several more less fewer much very too quite rather about around roughly approximately nearly
 almost up down out off again once twice always never often sometimes usually normally typically mostly mainly there here etc added adds add adding removed removes remove
 removing switched switch switching moved move moving changed change changing changes upgraded upgrade upgrading introduced introduce enabled enable disabled disable started start
 starts stopped stop stops rolled roll deployed deploy deploys migrated migrate raised raise lowered lower reduced reduce increased increase increases decreased cut bumped set sets
 setting calls call called calling calls: reads read reading writes write writing sends send sending uses use used using runs run running makes make made making takes take took
 taking gets get got getting goes go went going shows show showed hits hit hitting sits sit sitting stays stay climbs climb climbed rises rise rose risen drops drop dropped fell fall
 spikes spike spiked jumped jump degraded slows slow slowed fast faster slower new old same other another one two three first second third own main primary secondary because
 due against between among across behind front inside outside through throughout must remain keep kept keeps allowed allow allows cannot can't won't don't doesn't isn't
 synchronous synchronously asynchronous asynchronously async sync direct directly plus minus versus vs some where then though although however therefore average avg mean median
 total overall current normal steady busy main fully partly roughly maybe probably perhaps people say says said seen see sees look looks serving serve serves served
 publishes publish consumes consume feeds feed pulls pull pushes push triggers trigger stores store stored holds hold held backed sitting fronted hosted hosting deployed`.split(
    /\s+/,
  ),
);

/** Last words that make a name a service: "coupon service", "limits-service", "edge-gateway". */
export const SERVICE_HEADS = new Set(
  'service services svc api apis gateway worker workers server backend frontend consumer consumers producer producers proxy engine processor processors scheduler indexer core bff provider vendor system platform broker aggregator orchestrator dispatcher ingester ingestor fetcher crawler mailer notifier renderer router resolver listener collector writer reader handler daemon job web app'.split(
    ' ',
  ),
);

/** Words of who runs a component, to its roles. */
export const OWNER_WORDS: ReadonlyMap<string, string> = new Map([
  ['internal', 'internal'],
  ['inhouse', 'internal'],
  ['in-house', 'internal'],
  ['third-party', 'third-party'],
  ['3rd-party', 'third-party'],
  ['external', 'third-party'],
  ['saas', 'third-party'],
  ['vendor', 'third-party'],
  ['partner', 'third-party'],
]);

/** Names of what no request waits for: messages to people, prints, analytics, pictures made later, jobs of the night. */
export const BACKGROUND_NAME =
  /\b(?:e ?-? ?mails?|mailer|mail|smtp|newsletters?|sms|push|notifications?|notifier|receipts?|analytics|beacons?|resiz\w+|thumbnails?|transcod\w+|nightly|backups?|printers?|print|reporting|warehouse export|invoice job|archiv\w+)\b/i;
/** Words beside a part that say the same. */
export const BACKGROUND_WORDS =
  / (?:nightly|asynchronous|asynchronously|async|in the background|once an hour|hourly|once a day|daily|weekly|monthly|batch|offline|only at (?:sign ?up|startup|login)|at startup) /i;

/** Runtimes by the words that give them away. */
export const RUNTIME_WORDS: ReadonlyMap<string, string> = new Map(
  (
    [
      [
        'nodejs',
        'node node.js nodejs express expressjs express.js nestjs nest.js fastify koa hapi next.js nextjs deno bun typescript apollo',
      ],
      [
        'jvm',
        'java jvm spring springboot quarkus micronaut dropwizard kotlin scala akka play vert.x vertx tomcat jetty hibernate ktor helidon jboss wildfly clojure groovy grails netty',
      ],
      [
        'python',
        'python python3 django flask fastapi gunicorn uvicorn celery drf pyramid tornado aiohttp sanic starlette',
      ],
      ['go', 'golang gin gorm'],
      ['dotnet', '.net dotnet asp.net c# f# ef kestrel blazor'],
      ['ruby', 'ruby rails puma sidekiq unicorn sinatra'],
      ['php', 'php laravel symfony wordpress magento drupal php-fpm php8 shopware woocommerce'],
      ['rust', 'rust actix axum tokio'],
      ['beam', 'elixir phoenix erlang'],
    ] as const
  ).flatMap(([runtime, words]) => words.split(' ').map((w) => [w, runtime] as [string, string])),
);
