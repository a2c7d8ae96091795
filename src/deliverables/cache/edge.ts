import { type Deliverable, type DeliverableEntry, name, say, type Text } from '../../domain/index.js';
import { classShares } from '../../readings/load.js';
import { ofKind } from '../../readings/parts.js';
import { dataKind, hardOf } from '../../remedies/design/cache-plan.js';
import { NEGATIVE_TTL } from '../../remedies/design/chosen.js';
import { uses } from '../../remedies/design/language.js';
import { partsOf } from '../parts.js';
import { comment, plainName, whole } from '../text.js';

/** What shared caches in front of the service may keep: headers that a CDN obeys, and nginx that obeys them too. */
export default {
  id: 'cache/edge',
  about: 'headers for a CDN by kind of answer, and nginx as a shared cache that asks once for what many want',
  make(result, context) {
    const parts = partsOf(result, context);
    const cdn = ofKind(context, 'cdn')[0];
    const nginx = uses(context, 'nginx');
    const files: Deliverable[] = [];
    if (cdn)
      files.push({
        id: 'cache/edge',
        path: 'cache/edge-headers.http',
        kind: 'cache',
        stack: 'HTTP',
        language: 'http',
        title: say`Headers that let ${name(cdn.subject.name)} keep what is the same for everyone`,
        use: say`curl -sI "https://$HOST/$ROUTE" | grep -iE '^(cache-control|vary|set-cookie|age):'    # each route, as a visitor and signed in`,
        text: headers(
          parts.app,
          classShares(context)
            .filter((c) => c.kind === 'read')
            .map((c) => c.subject.name),
        ),
      });
    if (nginx)
      files.push({
        id: 'cache/nginx',
        path: 'cache/nginx.conf',
        kind: 'cache',
        stack: 'nginx',
        language: 'nginx',
        title: say`nginx as a shared cache in front of ${name(parts.app)}: one request fetches, the others wait or are served the old answer`,
        use: say`cp cache/nginx.conf /etc/nginx/conf.d/cache.conf && nginx -t && nginx -s reload    # then: “proxy_cache shared;” in the locations that may be kept`,
        text: nginxCache(parts.app),
      });
    return files;
  },
} satisfies DeliverableEntry;

const MOST_CLASSES = 6;

function headers(app: string, reads: readonly string[]): Text {
  const rows = reads.slice(0, MOST_CLASSES).map((read): Text => {
    const kind = dataKind(read);
    return kind.id === 'own'
      ? say`# ${comment(read)}: a person’s own data
Cache-Control: private, no-store

`
      : say`# ${comment(read)}: fresh for ${whole(kind.soft)} s, then the old answer while one request fetches the new one
Cache-Control: public, max-age=0, s-maxage=${whole(kind.soft)}, stale-while-revalidate=${whole(hardOf(kind.soft))}, stale-if-error=${whole(hardOf(kind.soft))}
Vary: Accept-Encoding

`;
  });
  const shared = dataKind('').soft;
  return say`# ${comment(app)}: what shared caches may keep. Only GET and HEAD, only answers that are the same for everyone;
# the times are by what the names say, so correct the rows where they mislead.

${
  rows.length > 0
    ? rows.flat()
    : say`# a page that all see
Cache-Control: public, max-age=0, s-maxage=${whole(shared)}, stale-while-revalidate=${whole(hardOf(shared))}, stale-if-error=${whole(hardOf(shared))}
Vary: Accept-Encoding

`
}# “not there”: short, so that what appears is seen soon
Cache-Control: public, max-age=0, s-maxage=${whole(NEGATIVE_TTL)}

# images, scripts, styles: a version or a hash in the path, and never asked for again
Cache-Control: public, max-age=31536000, immutable

# whatever depends on a cookie or on Authorization, and every write
Cache-Control: private, no-store
`;
}

const nginxCache = (
  app: string,
): Text => say`# ${plainName(app)}: a shared cache in nginx 1.21 or newer. It keeps what the service allows by Cache-Control (s-maxage,
# stale-while-revalidate, stale-if-error) and nothing else.
proxy_cache_path /var/cache/nginx/shared levels=1:2 keys_zone=shared:32m max_size=2g inactive=60m use_temp_path=off;

# An answer for one person is neither kept nor served from here. Every cookie counts as one that changes the answer: where some
# do not (consent, analytics), name those that do instead, as in $cookie_session.
map "$http_authorization$http_cookie" $for_one_person {
    default 1;
    ""      0;
}

proxy_cache_key "$scheme$host$uri$is_args$args";
proxy_cache_methods GET HEAD;
proxy_cache_bypass $for_one_person;
proxy_no_cache $for_one_person;

# One request fetches what many want; the others wait for it, or are served the old answer meanwhile.
proxy_cache_lock on;
proxy_cache_lock_timeout 5s;
proxy_cache_use_stale updating error timeout http_500 http_502 http_503 http_504;
proxy_cache_background_update on;
# An old answer is asked for again by If-None-Match and If-Modified-Since.
proxy_cache_revalidate on;
# “Not there” is kept shortly where the service says nothing of it.
proxy_cache_valid 404 410 ${whole(NEGATIVE_TTL)}s;

# In a location that may be kept:  proxy_cache shared;  add_header X-Cache $upstream_cache_status always;
`;
