import { type Block, derived, type Fact, say, type Text } from '../../domain/index.js';
import { BREAKER_FAILURES, BREAKER_OPEN } from './chosen.js';
import { camel, millis, pascal, raw, snake, snippet, whole } from './code-text.js';
import type { Language } from './language.js';

/** One call with a deadline and a circuit breaker, in the service's language. */
export function guardedCall(
  language: Language | undefined,
  callee: string,
  deadlineMs: Fact,
  caption: Text,
): Block[] {
  const fn = camel(callee, 'callee');
  const type = pascal(callee, 'Callee');
  const id = snake(callee, 'callee');
  return snippet(
    language,
    {
      javascript: () => say`import CircuitBreaker from 'opossum';

const ${fn}Breaker = new CircuitBreaker(
  (input, signal) => ${fn}Client.request(input, { signal }),
  {
    timeout: false, // the signal below ends the call itself, not only the wait for it
    errorThresholdPercentage: ${raw(percent(BREAKER_FAILURES))},
    resetTimeout: ${raw(inMs(BREAKER_OPEN))},
  },
);
${fn}Breaker.fallback((input) => ${fn}Fallback(input)); // say what the user gets; never decide silently

export const call${type} = (input) =>
  ${fn}Breaker.fire(input, AbortSignal.timeout(${raw(deadlineMs)}));`,
      java: () => say`CircuitBreaker breaker = CircuitBreaker.of("${id}", CircuitBreakerConfig.custom()
    .failureRateThreshold(${raw(percent(BREAKER_FAILURES))})
    .slowCallDurationThreshold(Duration.ofMillis(${raw(deadlineMs)}))
    .waitDurationInOpenState(Duration.ofSeconds(${raw(BREAKER_OPEN)}))
    .build());

HttpRequest request = HttpRequest.newBuilder(${fn}Uri)
    .timeout(Duration.ofMillis(${raw(deadlineMs)}))
    .build();

${type}Reply reply = Decorators
    .ofCallable(() -> parse(client.send(request, BodyHandlers.ofByteArray())))
    .withCircuitBreaker(breaker)
    .withFallback(List.of(CallNotPermittedException.class, HttpTimeoutException.class),
        error -> ${type}Reply.unavailable(error)) // say what the user gets; never decide silently
    .call();`,
      python:
        () => say`breaker = CircuitBreaker(fail_max=FAILURES_IN_A_ROW, reset_timeout=${raw(BREAKER_OPEN)})  # pybreaker

@breaker
def call_${id}(payload):
    # one deadline for connect and read together; requests has none by default
    response = ${id}_client.post(${snake(`${callee} url`, 'callee_url')}, json=payload, timeout=${raw(inS(deadlineMs))})
    response.raise_for_status()
    return response.json()

def ${id}_or_fallback(payload):
    try:
        return call_${id}(payload)
    except (CircuitBreakerError, Timeout):
        return ${id}_fallback(payload)  # say what the user gets; never decide silently`,
      go: () => say`var ${fn}Breaker = gobreaker.NewCircuitBreaker(gobreaker.Settings{
	Name:    "${id}",
	Timeout: ${raw(BREAKER_OPEN)} * time.Second,
	ReadyToTrip: func(c gobreaker.Counts) bool {
		return c.Requests >= minimumCalls &&
			float64(c.TotalFailures) >= ${raw(BREAKER_FAILURES)}*float64(c.Requests)
	},
})

func call${type}(ctx context.Context, in *${type}Request) (*${type}Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, ${raw(deadlineMs)}*time.Millisecond) // never longer than the caller's own
	defer cancel()
	out, err := ${fn}Breaker.Execute(func() (any, error) { return ${fn}Client.Check(ctx, in) })
	if err != nil {
		return ${fn}Fallback(in, err) // say what the user gets; never decide silently
	}
	return out.(*${type}Reply), nil
}`,
      csharp: () => say`builder.Services.AddHttpClient<${type}Client>()
    .AddResilienceHandler("${id}", pipeline => pipeline
        .AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions
        {
            FailureRatio = ${raw(BREAKER_FAILURES)},
            BreakDuration = TimeSpan.FromSeconds(${raw(BREAKER_OPEN)}),
        })
        .AddTimeout(TimeSpan.FromMilliseconds(${raw(deadlineMs)})));

public async Task<${type}Reply> Call${type}Async(${type}Request input, CancellationToken requestAborted)
{
    try { return await client.SendAsync(input, requestAborted); }
    catch (Exception e) when (e is BrokenCircuitException or TimeoutRejectedException)
    {
        return ${type}Reply.Unavailable(e); // say what the user gets; never decide silently
    }
}`,
    },
    caption,
  );
}

/** Calls that do not need each other, at the same time, under one deadline. */
export function sideBySide(
  language: Language | undefined,
  first: string,
  second: string,
  caption: Text,
): Block[] {
  const a = camel(first, 'first');
  const b = camel(second, 'second');
  const A = pascal(first, 'First');
  const B = pascal(second, 'Second');
  const sa = snake(first, 'first');
  const sb = snake(second, 'second');
  return snippet(
    language,
    {
      javascript:
        () => say`// Not inside a database transaction: one connection runs its statements one after the other anyway.
const [${a}, ${b}] = await Promise.all([load${A}(request, signal), load${B}(request, signal)]);`,
      java: () => say`// Both calls start before either is awaited, on a bounded pool, under one deadline for both.
var ${a} = CompletableFuture.supplyAsync(() -> load${A}(request), boundedPool);
var ${b} = CompletableFuture.supplyAsync(() -> load${B}(request), boundedPool);
try {
  CompletableFuture.allOf(${a}, ${b}).get(request.remainingMillis(), TimeUnit.MILLISECONDS);
  return combine(${a}.join(), ${b}.join());
} catch (TimeoutException | ExecutionException e) {
  ${a}.cancel(true);
  ${b}.cancel(true);
  throw new Unavailable(e);
}
// Structured concurrency (a preview in newer versions of Java) ends both by itself.`,
      python:
        () => say`# In async code; in sync workers use a ThreadPoolExecutor of bounded size around the same two calls.
async with asyncio.timeout_at(request.deadline):
    async with asyncio.TaskGroup() as group:
        ${sa} = group.create_task(load_${sa}(request))
        ${sb} = group.create_task(load_${sb}(request))
return combine(${sa}.result(), ${sb}.result())`,
      go: () => say`g, ctx := errgroup.WithContext(ctx)
var ${a} *${A}
var ${b} *${B}
g.Go(func() (err error) { ${a}, err = load${A}(ctx, req); return })
g.Go(func() (err error) { ${b}, err = load${B}(ctx, req); return })
if err := g.Wait(); err != nil {
	return nil, err
}
return combine(${a}, ${b}), nil`,
      csharp:
        () => say`// One DbContext runs one statement at a time: give each branch its own, or let only the remote call run beside it.
var ${a}Task = Load${A}Async(request, cancellation);
var ${b}Task = Load${B}Async(request, cancellation);
await Task.WhenAll(${a}Task, ${b}Task);
return Combine(${a}Task.Result, ${b}Task.Result);`,
    },
    caption,
  );
}

/** A limit on calls in flight with a short wait, so that one slow callee cannot take everything. */
export function limited(
  language: Language | undefined,
  callee: string,
  most: Fact,
  waitMs: Fact | undefined,
  caption: Text,
): Block[] {
  const fn = camel(callee, 'callee');
  const type = pascal(callee, 'Callee');
  const id = snake(callee, 'callee');
  const wait = waitMs ? millis(waitMs) : { name: 'WAIT' };
  const waitRaw = waitMs ? raw(waitMs) : { name: 'WAIT_MS' };
  return snippet(
    language,
    {
      javascript: () => say`import { Semaphore, withTimeout } from 'async-mutex';

const ${fn}Slots = withTimeout(new Semaphore(${whole(most)}), ${waitRaw}, new Busy('${id}')); // waits at most ${wait}
export const call${type} = (input, signal) => ${fn}Slots.runExclusive(() => ${fn}Client.request(input, { signal }));`,
      java: () => say`Bulkhead slots = Bulkhead.of("${id}", BulkheadConfig.custom()
    .maxConcurrentCalls(${whole(most)})
    .maxWaitDuration(Duration.ofMillis(${waitRaw}))
    .build());
${type}Reply reply = Bulkhead.decorateCallable(slots, () -> call${type}(request)).call();`,
      python:
        () => say`${id}_slots = threading.BoundedSemaphore(${whole(most)})  # asyncio.Semaphore in async code

def call_${id}_bounded(payload):
    if not ${id}_slots.acquire(timeout=${waitMs ? raw(inS(waitMs)) : { name: 'WAIT_S' }}):
        raise Busy("${id}")
    try:
        return call_${id}(payload)
    finally:
        ${id}_slots.release()`,
      go: () => say`var ${fn}Slots = semaphore.NewWeighted(${whole(most)})

func bounded${type}(ctx context.Context, in *${type}Request) (*${type}Reply, error) {
	wait, cancel := context.WithTimeout(ctx, ${waitRaw}*time.Millisecond)
	defer cancel()
	if err := ${fn}Slots.Acquire(wait, 1); err != nil {
		return nil, status.Error(codes.ResourceExhausted, "${id} is busy")
	}
	defer ${fn}Slots.Release(1)
	return call${type}(ctx, in)
}`,
      csharp: () => say`private static readonly SemaphoreSlim ${type}Slots = new(${whole(most)});

public async Task<${type}Reply> Bounded${type}Async(${type}Request input, CancellationToken cancellation)
{
    if (!await ${type}Slots.WaitAsync(TimeSpan.FromMilliseconds(${waitRaw}), cancellation))
        throw new BusyException("${id}");
    try { return await Call${type}Async(input, cancellation); }
    finally { ${type}Slots.Release(); }
}`,
    },
    caption,
  );
}

const percent = (f: Fact): Fact =>
  derived(
    { name: `${f.name}.percent`, subject: f.subject, value: f.value * 100, unit: 'count' },
    'share in per cent',
    [f],
  );
const inMs = (f: Fact): Fact =>
  derived(
    { name: `${f.name}.ms`, subject: f.subject, value: f.value * 1000, unit: 'ms' },
    'the same in milliseconds',
    [f],
  );
/** The same time in seconds, for interfaces that take seconds. */
export const inS = (f: Fact): Fact =>
  f.unit === 's'
    ? f
    : derived(
        { name: `${f.name}.s`, subject: f.subject, value: f.value / 1000, unit: 's' },
        'the same in seconds',
        [f],
      );
