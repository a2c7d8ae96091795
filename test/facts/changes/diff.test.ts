import { describe, expect, it } from 'vitest';
import { readDiff } from '../../../src/facts/changes/diff.js';
import { parseDiff } from '../../../src/facts/changes/diff-lines.js';
import type { DiffMechanism } from '../../../src/facts/changes/mechanism.js';

const kinds = (file: string, diff: string): DiffMechanism[] =>
  readDiff({ sha: 'a'.repeat(40), atMs: 0, message: 'tidy', files: [file], diff }).mechanisms.map(
    (m) => m.mechanism,
  );

/** What the diff does, the file it is in, and the diff. */
const SHOWN: readonly [DiffMechanism, string, string][] = [
  // Go
  [
    'call-in-loop',
    'svc/cart.go',
    `@@ -10,6 +10,8 @@ func (c *Cart) Lines(ctx context.Context) {
 	for _, line := range c.lines {
+		price, err := c.pricingClient.GetPrice(ctx, line.SKU)
+		line.Price = price
 		out = append(out, line)
 	}`,
  ],
  [
    'parallelism-removed',
    'svc/home.go',
    `-	g, ctx := errgroup.WithContext(ctx)
-	g.Go(func() error { return s.loadAds(ctx) })
-	g.Go(func() error { return s.loadCart(ctx) })
-	return g.Wait()
+	if err := s.loadAds(ctx); err != nil {
+		return err
+	}
+	return s.loadCart(ctx)`,
  ],
  ['limit-lowered', 'db/open.go', '-	db.SetMaxOpenConns(50)\n+	db.SetMaxOpenConns(5)'],
  [
    'leak-added',
    'svc/fetch.go',
    ' resp, err := http.Get(url)\n-	defer resp.Body.Close()\n 	body, _ := io.ReadAll(resp.Body)',
  ],
  ['reuse-removed', 'svc/http.go', '+	Transport: &http.Transport{DisableKeepAlives: true},'],
  [
    'work-added',
    'svc/match.go',
    ' for _, order := range orders {\n+	for _, item := range catalogue {\n+		if item.SKU == order.SKU {\n+			order.Item = item\n+		}\n+	}\n }',
  ],
  [
    'cache-removed',
    'svc/cache.go',
    '-	key := "product:" + sku\n+	key := fmt.Sprintf("product:%s:%d", sku, time.Now().UnixNano())',
  ],
  [
    'call-in-loop',
    'svc/list.go',
    ' 	for _, o := range orders {\n+		items, err := s.q.ListItems(ctx, o.ID)\n+		o.Items = items\n 	}',
  ],
  ['limit-lowered', 'svc/pool.go', '-	sem := make(chan struct{}, 64)\n+	sem := make(chan struct{}, 2)'],
  [
    'limit-lowered',
    'svc/limit.go',
    '-	limiter := rate.NewLimiter(500, 100)\n+	limiter := rate.NewLimiter(5, 1)',
  ],
  [
    'retry-added',
    'svc/call.go',
    '-	return c.call(ctx)\n+	for i := 0; i < 5; i++ {\n+		if err = c.call(ctx); err == nil {\n+			return nil\n+		}\n+	}',
  ],
  [
    'timeout-changed',
    'svc/call.go',
    '-	c.Do(req.WithContext(ctx))\n+	c.Do(req.WithContext(context.Background()))',
  ],
  ['check-removed', 'svc/first.go', '-	if len(items) == 0 {\n-		return nil\n-	}\n 	first := items[0]'],
  ['check-removed', 'svc/call.go', '-	return s.breaker.Execute(s.call)\n+	return s.call()'],
  ['lock-added', 'svc/read.go', '-	s.mu.RLock()\n+	s.mu.Lock()'],
  ['parallelism-removed', 'svc/audit.go', '-	go s.audit.Record(ctx, ev)\n+	s.audit.Record(ctx, ev)'],
  [
    'reuse-removed',
    'svc/http.go',
    '-	resp, err := h.client.Get(url)\n+	client := &http.Client{}\n+	resp, err := client.Get(url)',
  ],
  [
    'work-added',
    'svc/match.go',
    '-	if sku.MatchString(s) {\n+	if regexp.MustCompile(pattern).MatchString(s) {',
  ],
  [
    'logging-added',
    'cmd/main.go',
    '-	logger.SetLevel(logrus.InfoLevel)\n+	logger.SetLevel(logrus.DebugLevel)',
  ],
  ['call-in-loop', 'src/load.ts', ' for (const id of ids) {\n+  out.push(await loadOne(id));\n }'],
  // TypeScript and JavaScript
  [
    'parallelism-removed',
    'src/page.ts',
    '-  const [user, cart] = await Promise.all([getUser(id), getCart(id)]);\n+  const user = await getUser(id);\n+  const cart = await getCart(id);',
  ],
  ['await-removed', 'src/save.ts', '-  await repo.save(order);\n+  repo.save(order);'],
  [
    'eager-load-removed',
    'src/orders.ts',
    '   const orders = await prisma.order.findMany({\n-    include: { lines: true },\n     where: { userId },\n   });',
  ],
  [
    'blocking-added',
    'src/login.js',
    '-  const hash = await bcryptHash(password);\n+  const hash = crypto.pbkdf2Sync(password, salt, 600000, 64, "sha512");',
  ],
  ['timeout-changed', 'src/http.ts', '-  signal: AbortSignal.timeout(500),\n+  signal: undefined,'],
  ['compression-removed', 'src/app.js', '-app.use(compression());\n app.use(routes);'],
  // Python
  [
    'eager-load-removed',
    'shop/views.py',
    "-    orders = Order.objects.select_related('customer').filter(day=day)\n+    orders = Order.objects.filter(day=day)",
  ],
  [
    'parallelism-removed',
    'shop/fanout.py',
    '-    a, b = await asyncio.gather(prices(sku), stock(sku))\n+    a = await prices(sku)\n+    b = await stock(sku)',
  ],
  [
    'call-in-loop',
    'shop/report.py',
    ' for order in orders:\n+    customer = session.query(Customer).get(order.customer_id)\n     rows.append(order)',
  ],
  ['cache-removed', 'shop/rates.py', '-@lru_cache(maxsize=1024)\n def rate(currency):'],
  ['timeout-changed', 'shop/http.py', '-    requests.get(url, timeout=2)\n+    requests.get(url)'],
  ['batch-shrunk', 'shop/load.py', '-BATCH_SIZE = 1_000\n+BATCH_SIZE = 10'],
  // Java and Kotlin
  [
    'eager-load-removed',
    'src/Order.java',
    '-  @OneToMany(fetch = FetchType.EAGER)\n+  @OneToMany(fetch = FetchType.LAZY)',
  ],
  [
    'lock-added',
    'src/Stock.java',
    '-  public int reserve(String sku) {\n+  public synchronized int reserve(String sku) {',
  ],
  [
    'isolation-changed',
    'src/Pay.java',
    '-  @Transactional\n+  @Transactional(isolation = Isolation.SERIALIZABLE)',
  ],
  [
    'timeout-changed',
    'src/Http.java',
    '-  .readTimeout(Duration.ofSeconds(2))\n+  .readTimeout(Duration.ofSeconds(30))',
  ],
  [
    'work-added',
    'src/Parse.java',
    ' for (String line : lines) {\n+  Pattern p = Pattern.compile(EXPRESSION);\n   out.add(line);\n }',
  ],
  [
    'check-removed',
    'src/User.java',
    '-    if (user == null) {\n-      return Optional.empty();\n-    }\n     return user.name();',
  ],
  ['flag-changed', 'src/Search.kt', '+    if (flags.isEnabled("new-ranking")) return rankAgain(hits)'],
  // Ruby
  [
    'eager-load-removed',
    'app/orders.rb',
    '-    @orders = Order.includes(:lines).recent\n+    @orders = Order.recent',
  ],
  [
    'call-in-loop',
    'app/mailer.rb',
    ' orders.each do |order|\n+  customer = Customer.find(order.customer_id)\n   deliver(order)\n end',
  ],
  ['index-removed', 'db/migrate/7_drop.rb', '+    remove_index :orders, :customer_id'],
  // C#
  [
    'blocking-added',
    'Shop/Cart.cs',
    '-    var cart = await client.GetAsync(id);\n+    var cart = client.GetAsync(id).Result;',
  ],
  [
    'eager-load-removed',
    'Shop/Orders.cs',
    '-    return ctx.Orders.Include(o => o.Lines).ToList();\n+    return ctx.Orders.ToList();',
  ],
  ['retry-added', 'Shop/Http.cs', '+    .AddPolicyHandler(Policy.Handle<HttpRequestException>().Retry(5))'],
  // Rust
  [
    'parallelism-removed',
    'src/sum.rs',
    '-    items.par_iter().map(cost).sum()\n+    items.iter().map(cost).sum()',
  ],
  ['blocking-added', 'src/rt.rs', '+    let page = futures::executor::block_on(load(id));'],
  // PHP
  [
    'call-in-loop',
    'src/Basket.php',
    ' foreach ($basket->lines as $line) {\n+    $product = $this->productRepository->find($line->sku);\n }',
  ],
  // SQL
  ['index-removed', 'migrations/12.sql', '+DROP INDEX CONCURRENTLY orders_customer_idx;'],
  [
    'bound-removed',
    'queries/recent.sql',
    '-SELECT id FROM orders ORDER BY at DESC LIMIT 50\n+SELECT id FROM orders ORDER BY at DESC',
  ],
  ['filter-removed', 'queries/find.sql', '-WHERE email = $1\n+WHERE LOWER(email) = lower($1)'],
  [
    'isolation-changed',
    'db/init.sql',
    '+SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;',
  ],
  // Settings
  [
    'limit-lowered',
    'config/application.yml',
    '   hikari:\n-    maximum-pool-size: 50\n+    maximum-pool-size: 10',
  ],
  ['limit-lowered', 'deploy/api.yaml', '   limits:\n-    cpu: "2"\n+    cpu: 500m'],
  ['limit-lowered', 'deploy/api.yaml', '   limits:\n-    memory: 1Gi\n+    memory: 256Mi'],
  [
    'limit-lowered',
    'deploy/api.yaml',
    '         - name: DB_MAX_CONNS\n-          value: "50"\n+          value: "5"',
  ],
  [
    'default-changed',
    'config/prod.yaml',
    '-  pay_url: https://pay.internal\n+  pay_url: https://old-pay.internal',
  ],
  ['default-changed', 'deploy/api.yaml', '-        - name: API_KEY\n-          valueFrom: secretKeyRef'],
  ['limit-lowered', '.env', '-DB_POOL_MAX=40\n+DB_POOL_MAX=4'],
  ['limit-lowered', 'infra/db.tf', '-  max_connections = 400\n+  max_connections = 100'],
  ['limit-lowered', 'deploy/hpa.yaml', '-  maxReplicas: 20\n+  maxReplicas: 6'],
  ['cache-removed', 'config/cache.toml', '-ttl = "10m"\n+ttl = "5s"'],
  ['cache-removed', 'config/app.json', '-  "cacheEnabled": true,\n+  "cacheEnabled": false,'],
  ['compression-removed', 'nginx.conf', '-    gzip on;\n+    gzip off;'],
  ['timeout-changed', 'envoy.yaml', '-  connect_timeout: 0.25s\n+  connect_timeout: 5s'],
  ['retry-added', 'mesh/vs.yaml', '   retries:\n-    attempts: 1\n+    attempts: 10'],
  ['logging-added', 'config/logback.properties', '-logging.level.root=INFO\n+logging.level.root=DEBUG'],
  ['flag-changed', 'config/flags.yaml', '-  enable_new_pricing: false\n+  enable_new_pricing: true'],
];

describe('mechanisms that a diff shows', () => {
  it.each(SHOWN)('%s in %s', (mechanism, file, diff) => {
    expect(kinds(file, diff)).toContain(mechanism);
  });
});

describe('what is no mechanism', () => {
  const NOTHING: readonly [string, string, string][] = [
    ['a comment', 'src/a.ts', '+  // retry with a longer timeout and LIMIT the cache'],
    [
      'a message in a log',
      'src/a.go',
      '-	log.Error("connection refused by upstream")\n+	log.Error("retries exhausted, giving up on the cache")',
    ],
    ['a renamed variable', 'src/a.java', '-    int total = sum(lines);\n+    int amount = sum(lines);'],
    [
      'code that is re-indented',
      'src/a.py',
      '-for x in xs:\n-    db.find(x)\n+  for x in xs:\n+      db.find(x)',
    ],
    [
      'a call that moved',
      'src/a.ts',
      '-  const user = await repo.find(id);\n   check(id);\n+  const user = await repo.find(id);',
    ],
    [
      'a call with other arguments',
      'src/a.go',
      '-	row, err := repo.Find(ctx, id)\n+	row, err := repo.Find(ctx, key)',
    ],
    [
      'a statement written anew',
      'src/a.py',
      '-q = "SELECT id FROM t WHERE a = %s"\n+q = "SELECT id, b FROM t WHERE a = %s"',
    ],
    ['a type', 'src/a.ts', '+interface Line { sku: string; amount: number }'],
  ];
  it.each(NOTHING)('%s', (_name, file, diff) => {
    expect(kinds(file, diff)).toEqual([]);
  });

  it('a lower value is told from a higher one, in any unit', () => {
    expect(kinds('a.yaml', '-  ttl: 30s\n+  ttl: 10m')).toEqual(['default-changed']);
    expect(kinds('a.yaml', '-  ttl: 10m\n+  ttl: 30s')).toEqual(['cache-removed']);
    expect(kinds('a.go', '-	MaxConns: 10,\n+	MaxConns: 40,')).toEqual(['limit-raised']);
    expect(kinds('a.yaml', '-  timeout: 1000ms\n+  timeout: 1s')).toEqual([]);
  });
});

describe('a diff taken apart', () => {
  it('knows files, hunks and blocks, and drops comments', () => {
    const diff = parseDiff(
      [
        'diff --git a/x.go b/x.go',
        '--- a/x.go',
        '+++ b/x.go',
        '@@ -1,3 +1,3 @@',
        ' a()',
        '-b()',
        '+c()',
        '+// why',
        ' d()',
        '@@ -9 +9 @@',
        '+e()',
      ].join('\n'),
    );
    expect(diff.lines.map((l) => `${l.mark}${l.text}@${l.file}`)).toEqual([
      ' a()@x.go',
      '-b()@x.go',
      '+c()@x.go',
      ' d()@x.go',
      '+e()@x.go',
    ]);
    expect(diff.blocks).toHaveLength(2);
    expect([...diff.starts]).toEqual([0, 4]);
  });

  it('takes what is no diff without complaint', () => {
    for (const text of ['', '\u0000\u0001', '+'.repeat(5000), '@@@@\n---\n+++'])
      expect(() => readDiff({ sha: 'x', atMs: 0, message: '', files: [], diff: text })).not.toThrow();
  });
});
