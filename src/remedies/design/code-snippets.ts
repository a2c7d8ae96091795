import { type Block, type Fact, say, type Text } from '../../domain/index.js';
import { camel, pascal, snake, snippet, whole } from './code-text.js';
import type { Language } from './language.js';

/** Many look-ups of one kind as one. */
export function batchedRead(
  language: Language | undefined,
  what: string,
  size: Fact,
  caption: Text,
): Block[] {
  const fn = camel(what, 'item');
  const type = pascal(what, 'Item');
  const id = snake(what, 'item');
  return snippet(
    language,
    {
      javascript: () => say`import DataLoader from 'dataloader';

// one loader per request: batches by tick, keeps the order of keys, never shares rows between users
const ${fn}Loader = new DataLoader(
  async (ids) => {
    const rows = await db.query(\`SELECT <columns> FROM <table> WHERE id = ANY(:ids)\`, { ids });
    const byId = new Map(rows.map((r) => [r.id, r]));
    return ids.map((i) => byId.get(i) ?? null);
  },
  { maxBatchSize: ${whole(size)} },
);`,
      java: () => say`// one statement for all children of a page of parents
@EntityGraph(attributePaths = "${fn}")
List<Parent> findByOwner(Owner owner, Pageable page);

// or, for everything at once: spring.jpa.properties.hibernate.default_batch_fetch_size=${whole(size)}`,
      python: () => say`# Django: one statement per relation, whatever the number of rows
queryset.select_related("<foreign key>").prefetch_related("<reverse set>").only("<columns shown>")
# SQLAlchemy: select(Parent).options(selectinload(Parent.${id}), load_only(...))

# and a test that keeps it so: the route may send this many statements and no more
with self.assertNumQueries(STATEMENTS_OF_THIS_ROUTE):
    self.client.get(url)`,
      go: () => say`// collect the keys, ask once, spread the rows
rows, err := q.List${type}ByIDs(ctx, ids) // WHERE id = ANY(@ids), chunks of ${whole(size)}
if err != nil {
	return nil, err
}
byID := make(map[string]${type}, len(rows))
for _, r := range rows {
	byID[r.ID] = r
}`,
      csharp:
        () => say`// project what is shown; EF Core then sends one statement (or one per collection with AsSplitQuery)
var page = await db.Parents.AsNoTracking()
    .Where(p => p.OwnerId == owner)
    .Select(p => new ParentView(p.Id, p.${type}s.Select(c => new ChildView(c.Id, c.Name))))
    .ToListAsync(cancellation);`,
    },
    caption,
  );
}

/** A limit on requests in work, with a bounded queue in front of it. */
export function admission(
  language: Language | undefined,
  service: string,
  most: Fact,
  caption: Text,
): Block[] {
  const id = snake(service, 'service');
  const limit = whole(most);
  return snippet(
    language,
    {
      javascript: () => say`let inWork = 0;
app.use((request, response, next) => {
  if (inWork >= ${limit} && !request.isHealthCheck) {
    response.set('Retry-After', RETRY_AFTER_SECONDS);
    return response.status(SERVICE_UNAVAILABLE).end();       // cheap: before body parsing and sessions
  }
  inWork++;
  response.once('close', () => inWork--);
  next();
});`,
      java: () => say`server.tomcat.threads.max=${limit}
# few waiting beyond that: the rest is refused while a refusal is still quick
server.tomcat.accept-count=<a small part of the threads>
# or adaptive: com.netflix.concurrency-limits, Gradient limit, as a servlet filter of ${id}`,
      python:
        () => say`# the workers are the limit; keep the backlog short so that waiting is refused, not hidden
# gunicorn: workers × threads = ${limit} over all hosts
backlog = SHORT_BACKLOG
timeout = REQUEST_TIMEOUT`,
      go: () => say`var inWork = make(chan struct{}, ${limit})

func admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case inWork <- struct{}{}:
			defer func() { <-inWork }()
			next.ServeHTTP(w, r)
		default:
			http.Error(w, "busy", http.StatusServiceUnavailable) // gRPC: codes.ResourceExhausted
		}
	})
}`,
      csharp:
        () => say`builder.Services.AddRateLimiter(o => o.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(_ =>
    RateLimitPartition.GetConcurrencyLimiter("${id}", _ => new ConcurrencyLimiterOptions
    {
        PermitLimit = ${limit},
        QueueLimit = shortQueue,
        QueueProcessingOrder = QueueProcessingOrder.NewestFirst,   // the newest still has someone waiting
    })));`,
    },
    caption,
  );
}

/** Work that no user waits for, recorded in the same transaction and done by a worker. */
export function outbox(language: Language | undefined, what: string, batch: Fact, caption: Text): Block[] {
  const id = snake(what, 'work');
  const type = pascal(what, 'Work');
  const pick = say`SELECT id, kind, payload FROM outbox
 WHERE done_at IS NULL AND due_at <= now()
 ORDER BY id LIMIT ${whole(batch)} FOR UPDATE SKIP LOCKED`;
  return snippet(
    language,
    {
      javascript: () => say`await db.transaction(async (tx) => {
  await tx.save(row);
  await tx.insertOutbox({ kind: '${id}', key: row.id });   // same commit: never lost, never sent for a rollback
});

// worker; several may run
const work = await db.query(\`${pick}\`);
for (const item of work) await handle(item).then(markDone, (e) => retryLater(item, e));`,
      java: () => say`@Transactional
public void save(Row row) {
  rows.save(row);
  outbox.save(new Outbox("${id}", row.id()));   // same commit: never lost, never sent for a rollback
}
// worker: ${pick}`,
      python: () => say`with transaction.atomic():
    row.save()
    Outbox.objects.create(kind="${id}", key=row.pk)     # same commit
transaction.on_commit(lambda: drain_outbox.delay())      # a hint only: the worker also looks by itself
# worker: ${pick}`,
      go: () => say`err := inTx(ctx, func(tx Tx) error {
	if err := tx.Save(ctx, row); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, "${id}", row.ID) // same commit, or same transactional write
})`,
      csharp: () => say`db.Add(row);
db.Add(new Outbox("${id}", row.Id));           // same SaveChanges, same commit
await db.SaveChangesAsync(cancellation);
// a BackgroundService sends ${type} messages from the table and marks them`,
    },
    caption,
  );
}

/** One client per callee that keeps its connections. */
export function keptConnections(
  language: Language | undefined,
  callee: string,
  most: Fact | undefined,
  caption: Text,
): Block[] {
  const fn = camel(callee, 'callee');
  const type = pascal(callee, 'Callee');
  const limit = most ? whole(most) : { name: 'CALLS_IN_FLIGHT' };
  return snippet(
    language,
    {
      javascript: () => say`import { Pool } from 'undici';

export const ${fn}Pool = new Pool(${fn}Origin, { connections: ${limit}, keepAliveTimeout: BELOW_THE_SERVERS });
await ${fn}Pool.request({ path, method, signal });        // one pool for the process, made at start`,
      java: () => say`var connections = PoolingHttpClientConnectionManagerBuilder.create()
    .setMaxConnPerRoute(${limit}).setMaxConnTotal(${limit})
    .setDefaultConnectionConfig(ConnectionConfig.custom().setTimeToLive(BELOW_THE_SERVERS).build())
    .build();                                       // one per process; the default per route is very small`,
      python: () => say`session = requests.Session()                  # one per process, not per request
session.mount(${snake(`${callee} url`, 'callee_url')}, HTTPAdapter(pool_connections=len(HOSTS), pool_maxsize=${limit}))`,
      go: () => say`var ${fn}HTTP = &http.Client{Transport: &http.Transport{
	MaxIdleConnsPerHost: ${limit}, // the default keeps very few, and closes the rest after each use
	MaxConnsPerHost:     ${limit},
	IdleConnTimeout:     belowTheServers,
}}
// gRPC: a few channels per callee, made at start, round_robin over its addresses`,
      csharp: () => say`builder.Services.AddHttpClient<${type}Client>()
    .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
    {
        MaxConnectionsPerServer = ${limit},
        PooledConnectionLifetime = followDnsChanges,
        EnableMultipleHttp2Connections = true,
    });`,
    },
    caption,
  );
}
