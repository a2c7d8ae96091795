import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, reading } from './compose.js';
import { AIM, NOW } from './load.js';
import { missFlows, ofKind } from './parts.js';

/** Viewers × bitrate, and what an edge lets through to an origin whose links are known. */
function read(context: Context): Reading[] {
  const bitrate = context.facts.every({ name: 'stream.bitrate' }).find((f) => f.value > 0);
  const users = context.facts.every({ name: 'users', phase: NOW }).sort((a, b) => b.value - a.value)[0];
  if (!bitrate || !users) return [];
  const aim = context.facts.every({ name: 'users', phase: [...AIM] }).sort((a, b) => b.value - a.value)[0];
  const edge = missFlows(context).find((f) => f.cache.kind === 'cdn');
  const links = originOf(context);
  const total = (u: Fact): Fact =>
    calc(
      'stream.total',
      context.app,
      [u.value * bitrate.value, 'bytes/s'],
      'viewers × bitrate',
      [u, bitrate],
      u.phase,
    );
  const through = (u: Fact): Fact | undefined =>
    edge &&
    calc(
      'stream.toOrigin',
      edge.cache,
      [total(u).value * edge.missShare.value, 'bytes/s'],
      'viewers × bitrate × share the edge does not answer',
      [total(u), edge.missShare],
      u.phase,
    );
  const needed = (u: Fact): Fact | undefined =>
    links && edge && links.value < total(u).value
      ? calc(
          'stream.hitNeeded',
          edge.cache,
          [1 - links.value / total(u).value, 'ratio'],
          'all − what the origin can send ÷ viewers × bitrate',
          [links, total(u)],
          u.phase,
        )
      : undefined;
  const now = through(users);
  const over = now && links && now.value > links.value;
  const later = aim && aim.value > users.value ? aim : undefined;
  const hit = needed(later ?? users);
  if (!edge || !now || !hit || !links) return [];
  const because = say`${num(now)} past the edge against ${num(links)} at the origin`;
  return reading('stream-egress', {
    id: context.app.id,
    topic: over ? 'contradiction' : 'capacity',
    layer: 'client',
    subject: edge.cache,
    headline: say`${num(users)} viewers at ${num(bitrate)} are ${num(total(users))}; with ${num(edge.hit)} answered by ${name(edge.cache.name)}, ${num(now)} would reach an origin that can send ${num(links)}${over ? ': it is full, and either the ratio counts requests and not bytes, or this is why playback stalls' : ''}; ${num(later ?? users)} viewers need ${num(hit, { digits: 4 })} answered at the edge, whatever the origin gets.`,
    arithmetic: [
      table(
        ['Quantity', '> Now', ...(later ? ['> Target'] : [])],
        [
          [say`Viewers`, say`${num(users)}`, ...(later ? [say`${num(later)}`] : [])],
          [say`All they play`, say`${num(total(users))}`, ...(later ? [say`${num(total(later))}`] : [])],
          [say`Past the edge`, say`${num(now)}`, ...(later ? [cell(through(later))] : [])],
          [say`What the origin can send`, say`${num(links)}`, ...(later ? [say`${num(links)}`] : [])],
          [say`Needed at the edge`, cell(needed(users)), ...(later ? [cell(needed(later))] : [])],
        ],
      ),
    ],
    assumptions: [
      say`Every viewer plays at the mean bitrate, and the hit ratio holds for bytes; anything that makes URLs differ between viewers (a token in the query string) takes it away.`,
    ],
    bearings: [bearing(context, 'low-hit-ratio', edge.cache, 1, because)],
    weight: over ? 0.95 : 0.7,
  });
}

const cell = (f: Fact | undefined): Text => (f ? say`${num(f, { digits: 4 })}` : say`–`);

/** What the origin can send: its links × nodes, else the rate at which it is said to be full. */
function originOf(context: Context): Fact | undefined {
  const link = context.facts.every({ name: 'network.throughput' }).filter((f) => f.value > 0);
  for (const c of ofKind(context, 'service', 'gateway', 'storage')) {
    const each = link.find((f) => f.subject.id === c.subject.id && c.subject.id !== context.app.id);
    const count = context.facts.find({ name: 'instances', subject: c.subject });
    if (each && count)
      return calc('origin.links', c.subject, [each.value * count.value, 'bytes/s'], 'link × nodes', [
        each,
        count,
      ]);
    if (each) return each;
  }
  return link.sort((a, b) => b.value - a.value)[0];
}

export default {
  id: 'stream-egress',
  about:
    'What all viewers play, what the edge lets through to the origin, and the hit ratio the origin’s links need.',
  read,
} satisfies ReadingEntry;
