import type { Frame } from '../frame.js';
import { productOf } from '../products.js';
import { glued, type Token } from '../tokens.js';
import { STOP } from '../words.js';
import { keyOf, type Named } from './draft.js';
import { isNameWord } from './phrases.js';

/** "timeline (60 pods), graph (25 pods)": a name whose parenthesis counts its machines is a service. */
export function countedServices(
  frame: Frame,
  taken: ReadonlySet<number>,
  platform: ReadonlySet<number>,
): Named[] {
  const { tokens } = frame;
  return frame.quantities.flatMap((q): Named[] => {
    if (!/^(?:pods?|instances?|tasks?|replicas?|containers?|vms?|dynos?)$/.test(q.noun ?? '')) return [];
    // "(accounts 12 pods, transfers 8 pods)"
    const listed = q.from - 2;
    if (
      (frame.group[q.from] ?? 0) > 0 &&
      isNameWord(tokens[q.from - 1]) &&
      !taken.has(q.from - 1) &&
      !platform.has(q.from - 1) &&
      /^[(,]$/.test(tokens[listed]?.text ?? '')
    ) {
      const one = tokens[q.from - 1] as Token;
      if (!/^(?:min|max|minimum|maximum|with|running|currently|total|plus|up)$/.test(one.lower))
        return [{ from: q.from - 1, to: q.from, key: keyOf(one.text), name: one.text, hint: 'service' }];
    }
    const open = q.from - 1;
    if (tokens[open]?.text !== '(') return [];
    let from = open;
    while (from > 0 && open - from < 5) {
      const t = tokens[from - 1] as Token;
      const hyphen = t.text === '-' && glued(tokens[from - 2], t) && glued(t, tokens[from]);
      if (
        !hyphen &&
        (!isNameWord(t) ||
          taken.has(from - 1) ||
          platform.has(from - 1) ||
          frame.segment[from - 1] !== frame.segment[open - 1])
      )
        break;
      from--;
    }
    const name = frame.text.slice(tokens[from]?.start, tokens[open - 1]?.end);
    const known = tokens[from - 1]?.kind === 'word' && (taken.has(from - 1) || platform.has(from - 1));
    if (
      from === open ||
      known ||
      /^(?:nodes?|servers?|hosts?|cluster|app|application|workers?|consumers?|primary|monolith|fleet|data|web|backend|frontend|api|iis|tomcat|weblogic|wildfly|jboss|websphere|payara|glassfish|jetty|puma|unicorn|gunicorn|uvicorn|passenger|ec2|ecs|eks|aks|gke|fargate|kubernetes|k8s|openshift|nomad|heroku)$/i.test(
        name,
      )
    )
      return [];
    return [{ from, to: open, key: keyOf(name), name, hint: 'service' }];
  });
}

/** "added fraud-score gRPC call", "new loyalty lookup on every request": a change that brings a dependency names it. */
export function addedCalls(frame: Frame, taken: ReadonlySet<number>): Named[] {
  const { tokens } = frame;
  const out: Named[] = [];
  tokens.forEach((t, i) => {
    if (!/^(?:added|adds|add|new|introduced|introduces|plus|extra|inserted)$/.test(t.lower)) return;
    let a = i + 1;
    while (
      /^(?:an?|the|new|extra|another|synchronous|sync|blocking|additional|inline)$/.test(
        tokens[a]?.lower ?? '',
      )
    )
      a++;
    let b = a;
    let words = 0;
    while (b < tokens.length && words < 4 && !CALL_HEAD.test(tokens[b]?.lower ?? '')) {
      const w = tokens[b] as Token;
      const hyphen = w.text === '-' && glued(tokens[b - 1], w) && glued(w, tokens[b + 1]);
      if (!hyphen && (w.kind !== 'word' || STOP.has(w.lower) || taken.has(b))) return;
      if (!hyphen) words++;
      b++;
    }
    if (!CALL_HEAD.test(tokens[b]?.lower ?? '')) return;
    // "added a credit-limit lookup (Oracle, 2.5 ms)" asks a store that is known.
    const head = b;
    if (
      tokens[head + 1]?.text === '(' &&
      frame.products.some((p) => p.from === head + 2 && productOf(p.product)?.use === 'part')
    )
      return;
    while (b > a && PROTOCOL.test(tokens[b - 1]?.lower ?? '')) b--;
    if (
      b === a ||
      /^(?:more|more|few|serial|api|db|database|sql|function|system|code)$/.test(tokens[a]?.lower ?? '')
    )
      return;
    const name = frame.text.slice(tokens[a]?.start, tokens[b - 1]?.end);
    out.push({ from: a, to: b, key: keyOf(name), name, hint: 'dependency' });
  });
  return out;
}

const CALL_HEAD = /^(?:call|calls|rpc|hop|lookup|lookups)$/;

const PROTOCOL =
  /^(?:grpc|rest|http|https|soap|graphql|rpc|api|service|synchronous|sync|blocking|remote|external|internal|network|async|asynchronous)$/;
