import { isPlaceholder } from './keyed.js';
import { keyKind } from './keys.js';
import type { Cut, Rule } from './rule.js';
import { HAS } from './traits.js';

const QUERY = /\?[\w.%[\]-]{1,64}=[^\s"'<>\\`|]{0,8192}/g;
const PARAMETER = /(^\?|[&;])([\w.%[\]-]{1,64})=([^&;#)]{1,4096})/g;
/** Numbers, times, ids, truth values and lists of these tell nothing of a person. */
const HARMLESS =
  /^(?:.{0,2}|[+-]?[\d.,:eE+-]+(?:[a-z]{1,2})?|\d{4}-\d\d-\d\d(?:T|%20|\+|$)[\d:.%AZ+-]*|[0-9a-f]{8,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|true|false|null|none|yes|no|on|off|asc|desc|json|xml|csv|\?|\*+|[$:{]\w*\}?)$/i;
/** Parameters of paging, formats, times and connections: enumerations. */
const TECHNICAL =
  /^(?:page|per_?page|page_?size|size|limit|offset|sort|sort_?by|order|order_?by|dir|direction|step|start|end|from|to|since|until|fields?|include|expand|format|output|type|lang|locale|hl|currency|v|ver|time|timezone|tz|servertimezone|timeout\w*|retry\w*|ssl\w*|encrypt|mode|encoding|charset|characterencoding|w|h|width|height|quality|tab|view|expires|date|granularity|interval|window|period|unit|region|zone|env|cluster|namespace|utm_\w+|replicaset|readpreference|authsource|schema|application_?name|pool_?\w*|max_?\w*|min_?\w*|connect\w*|use\w*|driver|protocol|action|method|status|level|feature|flag|channel|platform|device|os|sslmode|category|kind)$/i;
/** Parameters of monitoring APIs that hold names of metrics. */
const EXPRESSION =
  /^(?:query|match(?:\[\]|%5B%5D)?|metric\w*|expr|target|stat|aggregat\w+|select|group_?by|by)$/i;

/** Values of a query that may be of a person or a secret: all but numbers, times, ids and enumerations. */
function cutQuery(query: string, cut: Cut): string {
  return query.replace(PARAMETER, (found, sign: string, name: string, value: string) => {
    if (isPlaceholder(value) || HARMLESS.test(value) || TECHNICAL.test(name)) return found;
    if (EXPRESSION.test(name) && /[_({]|%7B/.test(value)) return found;
    const kind = keyKind(name);
    if (kind === 'id' || kind === 'keep') return found;
    return `${sign}${name}=${cut('query', value)}`;
  });
}

export const URL_QUERY_RULE: Rule = {
  applies: (_text, { has }) => (has & HAS.question) !== 0 && (has & HAS.equals) !== 0,
  apply: (text, cut) => text.replace(QUERY, (found) => cutQuery(found, cut)),
};
