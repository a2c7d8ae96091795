import {
  type Change,
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  type Subject,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, reading } from './compose.js';
import { classShares, loadBehind, loadsOf, NOW, shareOf } from './load.js';
import { cacheFlow } from './parts.js';
import { percentilesOf, requestSubject } from './percentiles.js';

interface Suspect {
  what: Text;
  subject: Subject;
  share: Fact;
  hypothesis?: string;
  /** The class or ratio itself, or a change that is limited to it. */
  change?: boolean;
}

const RATIOS: Record<string, { word: string; hypothesis?: string }> = {
  'timeouts.ratio': { word: 'requests that time out', hypothesis: 'missing-timeout' },
  'errors.ratio': { word: 'requests that fail' },
  'retry.ratio': { word: 'requests that are retried', hypothesis: 'retry-amplification' },
};

/** A suspect can own a percentile only if it touches at least the share of requests above it. */
function read(context: Context): Reading[] {
  const subject = requestSubject(context);
  // The percentiles of one operation are its own: classes of requests have no share in them.
  if (!subject || subject.kind === 'operation') return [];
  const tails = percentilesOf(context, subject).filter((p) => p.share >= 0.9);
  const suspects = suspectsIn(context).filter((s) => s.share.value < 1);
  const last = tails[tails.length - 1];
  if (suspects.length === 0 || !last) return [];
  const tailFact = (share: number, label: string): Fact =>
    constant(`tail.${label}`, 1 - share, 'ratio', `Share of requests above ${label}, by its definition`);
  const top = loadBehind(loadsOf(context, subject), last.fact);
  // A class that is most of the traffic can own any percentile: that says nothing.
  const lead =
    suspects.find((s) => s.change) ??
    suspects.filter((s) => s.share.value <= 0.5).sort((a, b) => b.share.value - a.share.value)[0];
  if (!lead) return [];
  const owns = (s: Suspect): typeof tails => tails.filter((t) => s.share.value >= 1 - t.share - 1e-9);
  const inside = (s: Suspect, t: (typeof tails)[number]): Fact => {
    const above = tailFact(t.share, t.label);
    return calc(
      `tail.${t.label}.within`,
      s.subject,
      [above.value / s.share.value, 'ratio'],
      'share above the percentile ÷ share of the suspect',
      [above, s.share],
    );
  };
  const widest = owns(lead)[0];
  const narrow = tails.filter((t) => !owns(lead).includes(t));
  const slowRate = top
    ? calc(
        'tail.rate',
        subject,
        [(1 - last.share) * top.rate.value, '1/s'],
        `share above ${last.label} × rate`,
        [tailFact(last.share, last.label), top.rate],
        top.phase,
      )
    : undefined;
  return reading('share-test', {
    id: subject.id,
    topic: 'latency-shape',
    layer: 'api',
    subject,
    headline: widest
      ? say`At ${num(lead.share)} of requests, ${lead.what} can own ${owns(lead)
          .map((t) => t.label)
          .join(
            ' and ',
          )} alone: the slowest ${num(tailFact(widest.share, widest.label))} of all requests are as many as ${num(inside(lead, widest), { digits: 2 })} of it${narrow.length > 0 ? say`; too few for ${narrow.map((t) => t.label).join(' and ')}` : []}.`
      : say`At ${num(lead.share)} of requests, ${lead.what} cannot own ${tails.map((t) => t.label).join(' or ')}, however slow it is: too few requests meet it.`,
    arithmetic: [
      table(
        ['Suspect', '> Share of requests', ...tails.map((t) => `> Of it above ${t.label}`)],
        suspects.map((s) => [
          s.what,
          say`${num(s.share)}`,
          ...tails.map((t) =>
            owns(s).includes(t) ? say`${num(inside(s, t), { digits: 2 })}` : say`cannot own it`,
          ),
        ]),
      ),
    ],
    assumptions: [
      say`The percentiles are over all requests together; read per route, each route’s tail is its own.`,
      ...(slowRate
        ? [say`Above ${last.label} lie ${num(slowRate)} of the ${num(top?.rate ?? slowRate)}.`]
        : []),
    ],
    bearings: suspects.flatMap((s) => {
      if (!s.hypothesis) return [];
      const because: Text = say`${s.what}: ${num(s.share)} of requests`;
      return owns(s).length === 0
        ? [bearing(context, s.hypothesis, s.subject, -1, say`${because}, too few for ${last.label}`)]
        : [
            bearing(
              context,
              s.hypothesis,
              s.subject,
              0.3,
              say`${because}, enough for ${(owns(s)[0] ?? last).label}`,
            ),
          ];
    }),
    questions: [
      {
        id: 'percentiles-per-route',
        question: say`Are ${tails.map((t) => t.label).join(' and ')} of ${name(context.app.name)} those of one route, or blended over all?`,
        matters: say`blended, a class of ${num(lead.share)} can carry the whole tail while the others are well; per route, it is that route’s`,
        weight: 0.8,
      },
    ],
    weight: lead.change ? 0.84 : widest ? 0.55 : 0.7,
  });
}

/** Words of requests that write, in the wording of a change. */
const WRITING =
  /\b(checkout|purchas\w*|order\w*|pay\w*|book\w*|reserv\w*|submi\w*|creat\w*|updat\w*|writ\w*|upload\w*|transfer\w*|regist\w*|sign-?up)\b/i;

/** The class that a change says it concerns: by the class's own name, else the writes when it speaks of writing. */
function classOfChange(context: Context, change: Change): { share: Fact; word: string } | undefined {
  const words = change.summary.toLowerCase();
  const named = classShares(context).find((c) =>
    (c.subject.name.toLowerCase().match(/[a-z]{4,}/g) ?? []).some((w) => words.includes(w.replace(/s$/, ''))),
  );
  if (named) return { share: named.share, word: named.subject.name };
  if (/\b(every|each|all)\b/.test(words)) return undefined;
  const write = shareOf(context, 'write');
  return write && WRITING.test(words) ? { share: write, word: 'writes' } : undefined;
}

function suspectsIn(context: Context): Suspect[] {
  const out: Suspect[] = [];
  for (const change of context.changes.filter((c) => c.mechanisms.includes('call-added'))) {
    const limited = classOfChange(context, change);
    if (!limited) continue;
    const callee = context.components.find(
      (c) => change.touches.includes(c.subject.id) && c.subject.kind === 'dependency',
    );
    out.push({
      what: callee
        ? say`the call to ${name(callee.subject.name)} (if only ${limited.word} make it)`
        : say`the added call (if only ${limited.word} make it)`,
      subject: callee?.subject ?? context.app,
      share: limited.share,
      hypothesis: 'new-dependency-call',
      change: true,
    });
  }
  for (const c of classShares(context))
    out.push({ what: say`${name(c.subject.name)}`, subject: c.subject, share: c.share });
  const flow = cacheFlow(context);
  const read = shareOf(context, 'read');
  if (flow) {
    const missing = read
      ? calc(
          'requests.missing',
          flow.cache,
          [read.value * flow.missShare.value, 'ratio'],
          'share of reads × miss share',
          [read, flow.missShare],
        )
      : flow.missShare;
    out.push({
      what: say`misses of ${name(flow.cache.name)}`,
      subject: flow.cache,
      share: missing,
      hypothesis: 'low-hit-ratio',
    });
  }
  for (const f of context.facts.every({ name: Object.keys(RATIOS), phase: NOW })) {
    const r = RATIOS[f.name];
    if (r && f.value > 0)
      out.push({
        what: say`${r.word}`,
        subject: f.subject,
        share: f,
        ...(r.hypothesis ? { hypothesis: r.hypothesis } : {}),
      });
  }
  return out;
}

export default {
  id: 'share-test',
  about: 'What share of requests each suspect touches, and so which percentiles it can own.',
  read,
} satisfies ReadingEntry;
