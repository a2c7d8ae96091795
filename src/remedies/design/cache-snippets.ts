import { type Block, type Fact, say, type Text } from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { JITTER, NEGATIVE_TTL } from './chosen.js';
import { camel, pascal, raw, snake, snippet, whole } from './code-text.js';
import type { Language } from './language.js';

const ms = (f: Fact): Fact =>
  calc(`${f.name}.ms`, f.subject, [f.value * 1000, 'ms'], 'the same in milliseconds', [f]);

/** One refresh at a time per key and process; an old value is served while it runs. Soft and hard times in seconds. */
export function singleFlightCode(
  language: Language | undefined,
  what: string,
  soft: Fact,
  hard: Fact,
  caption: Text,
): Block[] {
  const fn = camel(what, 'value');
  const type = pascal(what, 'Value');
  const id = snake(what, 'value');
  return snippet(
    language,
    {
      javascript:
        () => say`const inFlight = new Map();                      // one refresh per key and process

function refresh${type}(key, load) {
  let running = inFlight.get(key);
  if (!running) {
    running = load()
      .then(async (value) => {
        const spread = 1 + ${raw(JITTER)} * (2 * Math.random() - 1);   // keys filled together do not end together
        const there = value != null;                 // “not there” is kept as well, for a short time
        const freshUntil = Date.now() + (there ? ${raw(ms(soft))} : ${raw(ms(NEGATIVE_TTL))}) * spread;
        await cache.set(key, JSON.stringify({ value, freshUntil }), 'PX', there ? ${raw(ms(hard))} : ${raw(ms(NEGATIVE_TTL))});
        return value;
      })
      .finally(() => inFlight.delete(key));
    inFlight.set(key, running);
  }
  return running;
}

export async function ${fn}(key, load) {
  const kept = await cache.get(key).catch(() => null);   // a cache that is away is a miss, not an error
  if (!kept) return refresh${type}(key, load);
  const { value, freshUntil } = JSON.parse(kept);
  if (freshUntil < Date.now()) refresh${type}(key, load).catch(report);   // serve the old one meanwhile
  return value;
}`,
      java: () => say`// Caffeine: refreshAfterWrite serves the old value while one thread reloads the key.
AsyncLoadingCache<Key, ${type}> ${fn} = Caffeine.newBuilder()
    .maximumSize(ENTRIES_THAT_FIT)
    .refreshAfterWrite(jittered(Duration.ofSeconds(${raw(soft)}), ${raw(JITTER)}))
    .expireAfterWrite(Duration.ofSeconds(${raw(hard)}))
    .buildAsync((key, executor) -> sharedCacheOrDatabase(key, executor));`,
      python: () => say`def ${id}(key, load):
    kept = cache.get(key)                                  # (value, fresh_until) or None
    if kept and kept.fresh_until > time.time():
        return kept.value
    # whoever sets the lock refreshes; all others use the old value or wait shortly
    if cache.add(f"{key}:lock", True, timeout=REFRESH_DEADLINE):
        value = load()
        fresh = ${raw(soft)} * math.exp(random.uniform(-${raw(JITTER)}, ${raw(JITTER)}))
        cache.set(key, Kept(value, time.time() + fresh), timeout=${raw(hard)})
        return value
    return kept.value if kept else wait_for(key, REFRESH_DEADLINE)`,
      go: () => say`var ${fn}Group singleflight.Group // one load per key and process

func ${fn}(ctx context.Context, key string) (*${type}, error) {
	kept, fresh, err := cache.Get(ctx, key)
	if err == nil && fresh {
		return kept, nil
	}
	load := func() (any, error) {
		v, err := load${type}(context.WithoutCancel(ctx), key)
		if err == nil {
			cache.Set(ctx, key, v, jitter(${raw(soft)}*time.Second, ${raw(JITTER)}), ${raw(hard)}*time.Second)
		}
		return v, err
	}
	if kept != nil {
		go ${fn}Group.Do(key, load) // serve the old one meanwhile
		return kept, nil
	}
	v, err, _ := ${fn}Group.Do(key, load)
	if err != nil {
		return nil, err
	}
	return v.(*${type}), nil
}`,
      csharp: () => say`// HybridCache: in process and shared, one factory call per key at a time.
public ValueTask<${type}> Get${type}Async(string key, CancellationToken cancellation) =>
    cache.GetOrCreateAsync(key, ct => LoadAsync(key, ct), new HybridCacheEntryOptions
    {
        LocalCacheExpiration = Jittered(TimeSpan.FromSeconds(${raw(soft)}), ${raw(JITTER)}),
        Expiration = TimeSpan.FromSeconds(${raw(hard)}),
    }, cancellationToken: cancellation);`,
    },
    caption,
  );
}

/** A small cache inside each process for the hottest keys. */
export function nearCacheCode(
  language: Language | undefined,
  what: string,
  ttl: Fact,
  entries: Fact,
  caption: Text,
): Block[] {
  const fn = camel(what, 'value');
  const type = pascal(what, 'Value');
  const id = snake(what, 'value');
  return snippet(
    language,
    {
      javascript: () => say`import { LRUCache } from 'lru-cache';

const near = new LRUCache({ max: ${whole(entries)}, ttl: ${raw(ms(ttl))}, fetchMethod: (key) => shared${type}(key) });
export const ${fn} = (key) => near.fetch(key);      // fetch joins callers of one key`,
      java: () => say`LoadingCache<Key, ${type}> near = Caffeine.newBuilder()
    .maximumSize(${whole(entries)})
    .expireAfterWrite(Duration.ofSeconds(${raw(ttl)}))
    .recordStats()
    .build(key -> shared${type}(key));`,
      python:
        () => say`near = TTLCache(maxsize=${whole(entries)}, ttl=${raw(ttl)})     # cachetools; one per worker process

@cached(near, lock=threading.Lock())
def ${id}(key):
    return shared_${id}(key)`,
      go: () => say`near, err := ristretto.NewCache(&ristretto.Config[string, *${type}]{MaxCost: ${whole(entries)}, NumCounters: counters, BufferItems: buffer})
near.SetWithTTL(key, value, cost, ${raw(ttl)}*time.Second)`,
      csharp: () => say`builder.Services.AddMemoryCache(o => o.SizeLimit = ${whole(entries)});
var value = await near.GetOrCreateAsync(key, e =>
{
    e.SetSize(cost).SetAbsoluteExpiration(TimeSpan.FromSeconds(${raw(ttl)}));
    return Shared${type}Async(key);
});`,
    },
    caption,
  );
}
