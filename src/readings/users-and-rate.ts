import { type Context, type Fact, name, num, type Reading, type ReadingEntry, say } from '../domain/index.js';
import { calc, inSeconds, reading, wordsNear } from './compose.js';
import { isWhole, loadPoints, topLoad } from './load.js';
import { now } from './parts.js';
import { requestSubject } from './percentiles.js';

/** True where the text counts people, devices or sessions, not organisations. */
function isAtOnce(context: Context, users: Fact): boolean {
  const said = users.from.find((p) => p.kind === 'input');
  return (
    said?.kind !== 'input' ||
    !/\b(?:tenants?|customers?|hospitals?|schools?|clinics?|stores?|shops?|merchants?|compan(?:y|ies)|organi[sz]ations?|orgs?|accounts?|workspaces?|restaurants?|subscribers?|sellers?|partners?|agenc(?:y|ies)|members?|dau|mau)\b/i.test(
      `${said.text} ${wordsNear(context, users, 24, 24)}`,
    )
  );
}

/** Users, rate and response time are bound together: think time = users ÷ rate − response time. */
function read(context: Context): Reading[] {
  const users = context.facts
    .every({ name: 'users' })
    .find((f) => f.value > 0 && (isWhole(context, f.subject) || f.subject.kind === 'client'));
  const top = topLoad(loadPoints(context));
  const subject = requestSubject(context);
  const time = subject && (now(context, 'latency.mean', subject) ?? now(context, 'latency.p50', subject));
  if (!users || !top || !time) return [];
  const cycle = calc('users.cycle', context.app, [users.value / top.rate.value, 's'], 'users ÷ rate', [
    users,
    top.rate,
  ]);
  const think = calc(
    'users.think',
    context.app,
    [cycle.value - inSeconds(time), 's'],
    'users ÷ rate − response time (interactive response time law)',
    [users, top.rate, time],
  );
  const impossible = think.value < 0;
  // Tenants, hospitals and stores are no people who wait: only those at work at once are bound by the law.
  if (!isAtOnce(context, users)) return [];
  // Longer pauses mean that the users of a day were counted, not those at work at once.
  if (!impossible && think.value > 300) return [];
  return reading('users-and-rate', {
    id: users.subject.id,
    topic: impossible ? 'contradiction' : 'load',
    layer: 'client',
    subject: context.app,
    headline: impossible
      ? say`${num(users)} users who each wait ${num(time)} cannot make ${num(top.rate)}: that leaves a negative time between requests, so users, rate or latency are of different moments, or a user sends several at once.`
      : say`${num(users)} users at ${num(top.rate)} send one request each ${num(cycle, { digits: 2 })}, ${num(think, { digits: 2 })} of it between requests: ${think.value > 5 * inSeconds(time) ? 'slower answers hardly lower the load they bring, so it does not give way under trouble' : 'slower answers lower the load they bring, which hides how much was asked for'}.`,
    arithmetic: [],
    assumptions: [
      say`${num(users)} are at work at the same time on ${name(context.app.name)}; users of a day are fewer at once.`,
    ],
    weight: impossible ? 0.75 : 0.4,
  });
}

export default {
  id: 'users-and-rate',
  about: 'Users, rate and response time together: the time between requests, and whether the figures agree.',
  read,
} satisfies ReadingEntry;
