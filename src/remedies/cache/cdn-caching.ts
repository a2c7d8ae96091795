import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { AIM, classShares, NOW } from '../../readings/load.js';
import { dataKind, hardOf } from '../design/cache-plan.js';
import { raw } from '../design/code-text.js';
import { figure, nothingNew, partName, sceneOf } from '../design/scene.js';
import { copyingRules, shippingNote, writeClasses } from '../design/wording.js';

function blocked(context: Context, _about: Subject): Text | undefined {
  return context.components.some((c) => c.kind === 'cdn') ? undefined : nothingNew(context, 'A CDN');
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cdn } = scene;
  const edge = partName(cdn, say`a CDN in front of ${scene.serviceName}`);
  const hit = cdn
    ? context.facts.find({ name: 'cache.hitRatio', subject: cdn.subject, phase: NOW })
    : undefined;
  const atEdge =
    context.facts.every({ name: 'throughput', phase: AIM }).sort((a, b) => b.value - a.value)[0] ??
    scene.goal?.rate;
  const atOrigin = context.facts.find({
    name: 'throughput',
    phase: AIM,
    ...(scene.service ? { subject: scene.service.subject } : {}),
  });
  const needed =
    atEdge && atOrigin && atOrigin.value < atEdge.value
      ? figure(
          scene,
          'design.offload',
          [1 - atOrigin.value / atEdge.value, 'ratio'],
          'all − rate at the service ÷ rate at the edge',
          [atOrigin, atEdge],
          cdn?.subject,
        )
      : undefined;
  const today =
    hit && atEdge
      ? figure(
          scene,
          'edge.toOrigin',
          [atEdge.value * (1 - hit.value), '1/s'],
          'rate at the edge × (all − offload)',
          [atEdge, hit],
          cdn?.subject,
        )
      : undefined;
  const classes = classShares(context).filter((c) => c.kind === 'read');
  const shared = dataKind('');
  const volatile = dataKind('availability');
  return {
    title: needed
      ? say`Answer ${num(needed)} of the requests at ${edge}`
      : say`Answer what is the same for everyone at ${edge}`,
    description: say`Public answers of ${scene.serviceName} carry headers that let ${edge} keep them and serve the old copy while it fetches the new one; the cache key holds only what changes the answer. Even ${num(volatile.soft)} is enough when many people want the same page.`,
    benefit:
      today && hit && atEdge
        ? say`With an offload of ${num(hit)}, ${num(atEdge)} at the edge leave ${num(today)} for ${scene.serviceName}${needed && atOrigin ? say`; the plan allows ${num(atOrigin)}, an offload of ${num(needed)}` : ''}.`
        : say`Requests that ${edge} answers cost ${scene.serviceName} nothing and users one short round trip; its offload and the rate at the edge, which give the number, ${hit || atEdge ? 'are not both known' : 'were not said'}.`,
    riskText: say`An answer that differs by user must never be stored: ${edge} keeps nothing that sets a cookie or carries an authorisation, and routes of ${writeClasses(context)} say so themselves.`,
    effortText: say`One to two days: headers in ${scene.serviceName}, cache key and purge at ${edge}. Mostly configuration.${shippingNote(context)}`,
    verification: say`Offload of ${edge} by route, and requests a second at ${scene.serviceName} during a rehearsal; two users with different rights never get the same body.`,
    design: [
      table(
        ['Route', 'Header', 'Key'],
        [
          ...classes.slice(0, 4).map((c): Text[] => {
            const kind = dataKind(c.subject.name);
            return [
              say`${name(c.subject.name)} (${num(c.share)})`,
              kind.id === 'own'
                ? say`private, no-store`
                : say`public, s-maxage ${num(kind.soft)}, stale-while-revalidate ${num(hardOf(kind.soft))}`,
              kind.id === 'own' ? say`not kept at the edge` : say`path and the parameters that change it`,
            ];
          }),
          [say`images, scripts, styles`, say`public, immutable`, say`a hash in the name`],
          [
            say`what many ask for (availability, counters)`,
            say`public, s-maxage ${num(volatile.soft)}`,
            say`path only`,
          ],
          [say`${writeClasses(context)}`, say`no-store`, say`never`],
        ],
        say`What ${edge} may keep of ${scene.app}`,
      ),
      code(
        'http',
        say`Cache-Control: public, s-maxage=${raw(shared.soft)}, stale-while-revalidate=${raw(hardOf(shared.soft))}, stale-if-error=${raw(hardOf(shared.soft))}
Vary: Accept-Encoding`,
        say`A shared page of ${scene.serviceName}`,
      ),
      bullets([
        say`Collapse requests: ${edge} (or a shield in front of ${scene.serviceName}) asks once for an object that many wait for.`,
        say`Drop tracking parameters and all cookies that the answer does not depend on from the key of ${edge}; each of them splits the cache.`,
        ...(cdn?.product
          ? context.knowledge
              .traps(cdn.product, cdn.version)
              .slice(0, 2)
              .map((t) => say`${edge}: ${t.title}. ${t.text}`)
          : []),
        ...copyingRules(context, edge),
      ]),
    ],
  };
}

export default {
  id: 'cdn-caching',
  layer: 'cache',
  title: 'Caching at the edge',
  effort: 'days',
  risk: 'medium',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.1, 0.8] },
  blocked,
  advise,
} satisfies Remedy;
