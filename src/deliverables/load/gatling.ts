import { type Context, type DeliverableEntry, type Fact, join, say, type Text } from '../../domain/index.js';
import { labelOf } from '../../readings/percentiles.js';
import { comment, digits, literal, whole } from '../text.js';
import { KEYS, SETTLE } from './k6.js';
import { type LoadClass, type LoadModel, loadModel } from './model.js';
import { FULL_SCALE, PORT, SMOKE_SCALE } from './settings.js';

/** Gatling simulations for cases that use it: users injected at a rate (open model), one request each. */
export default {
  id: 'load/gatling',
  about:
    'a Gatling simulation in Java and in TypeScript: injection at a rate by class, assertions from the targets',
  make(result, context) {
    const model = loadModel(context);
    if (!model || model.grpc || !namesGatling(context)) return [];
    const app = result.case.appName || context.app.name;
    return [
      {
        id: 'load/gatling-java',
        path: 'load/gatling.java',
        kind: 'load',
        stack: 'Gatling',
        language: 'java',
        title: say`Load test of ${{ name: app }} for Gatling, Java`,
        use: say`cp load/gatling.java src/test/java/LoadTest.java && mvn gatling:test -DBASE_URL=https://staging.example`,
        text: java(model, app),
      },
      {
        id: 'load/gatling-typescript',
        path: 'load/gatling.ts',
        kind: 'load',
        stack: 'Gatling',
        language: 'typescript',
        title: say`Load test of ${{ name: app }} for Gatling, TypeScript`,
        use: say`cp load/gatling.ts src/load.gatling.ts && npx gatling run --typescript --simulation load BASE_URL=https://staging.example`,
        text: typescript(model, app),
      },
    ];
  },
} satisfies DeliverableEntry;

const namesGatling = (context: Context): boolean =>
  context.tools.some((t) => /gatling/i.test(t.product ?? t.name));

const HEAD =
  'users are injected at a rate (open model), so that slow responses do not lower the offered load.';

function java(model: LoadModel, app: string): Text {
  return say`// Load test of ${comment(app)}: ${HEAD}
// BASE_URL names a system that you may load. RATE and TIME scale the run: -DRATE=${digits(SMOKE_SCALE)} -DTIME=${digits(SMOKE_SCALE)} is a smoke test.
import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;
import io.gatling.javaapi.http.*;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

public class LoadTest extends Simulation {
  static final double RATE = Double.parseDouble(System.getProperty("RATE", "${digits(FULL_SCALE)}"));
  static final double TIME = Double.parseDouble(System.getProperty("TIME", "${digits(FULL_SCALE)}"));
  static final int KEYS = Integer.getInteger("KEYS", ${whole(KEYS)});

  static double rate(double perSecond) {
    return Math.max(0.1, perSecond * RATE);
  }

  static long seconds(double s) {
    return Math.max(1, Math.round(s * TIME));
  }

  /** Few ids take most requests, as in life: inverse transform of a Zipf-like law with exponent 1.1. */
  static int key() {
    double max = Math.pow(KEYS, -0.1);
    double u = ThreadLocalRandom.current().nextDouble();
    return (int) Math.min(KEYS, Math.max(1, Math.floor(Math.pow(1 - u * (1 - max), -10))));
  }

  static Iterator<Map<String, Object>> keys() {
    return Stream.generate(() -> Map.<String, Object>of("key", key())).iterator();
  }

  HttpProtocolBuilder protocol =
      http.baseUrl(System.getProperty("BASE_URL", "http://127.0.0.1:${digits(PORT)}")).contentTypeHeader("application/json");

${join(model.classes.map(javaScenario), '\n')}

  {
    setUp(
${join(
  model.classes.map((c) => javaInjection(c, model)),
  ',\n',
)})
        .protocols(protocol)
        .assertions(
${join(
  assertions(model).map((a) => say`            ${a}`),
  ',\n',
)});
  }
}
`;
}

const javaName = (c: LoadClass): string => c.key.replace(/_(\w)/g, (_, l: string) => l.toUpperCase());

function javaScenario(c: LoadClass): Text {
  return say`  ScenarioBuilder ${javaName(c)} =
      scenario("${c.key}").feed(keys()).exec(http("${c.key}").${method(c)}(${literal(gatlingPath(c))})${body(c, 'java')}.check(status().lt(400)));`;
}

function javaInjection(c: LoadClass, model: LoadModel): Text {
  return say`      ${javaName(c)}.injectOpen(
          constantUsersPerSec(rate(${whole(c.startRate)})).during(seconds(${whole(SETTLE)})).randomized(),
          rampUsersPerSec(rate(${whole(c.startRate)})).to(rate(${whole(c.rate)})).during(seconds(${whole(model.ramp)})).randomized(),
          constantUsersPerSec(rate(${whole(c.rate)})).during(seconds(${whole(model.hold)})).randomized())`;
}

function typescript(model: LoadModel, app: string): Text {
  return say`// Load test of ${comment(app)}: ${HEAD}
// BASE_URL names a system that you may load. RATE and TIME scale the run: RATE=${digits(SMOKE_SCALE)} TIME=${digits(SMOKE_SCALE)} is a smoke test.
import {
  StringBody,
  constantUsersPerSec,
  details,
  getParameter,
  global,
  rampUsersPerSec,
  scenario,
  simulation,
} from '@gatling.io/core';
import { http, status } from '@gatling.io/http';

const RATE = Number(getParameter('RATE', '${digits(FULL_SCALE)}'));
const TIME = Number(getParameter('TIME', '${digits(FULL_SCALE)}'));
const KEYS = Number(getParameter('KEYS', '${whole(KEYS)}'));

const rate = (perSecond: number): number => Math.max(0.1, perSecond * RATE);
const seconds = (s: number): number => Math.max(1, Math.round(s * TIME));

/** Few ids take most requests, as in life: inverse transform of a Zipf-like law with exponent 1.1. */
function key(): number {
  const max = Math.pow(KEYS, -0.1);
  return Math.min(KEYS, Math.max(1, Math.floor(Math.pow(1 - Math.random() * (1 - max), -10))));
}

export default simulation((setUp) => {
  const protocol = http
    .baseUrl(getParameter('BASE_URL', 'http://127.0.0.1:${digits(PORT)}'))
    .contentTypeHeader('application/json');
${join(
  model.classes.map(
    (c) => say`  const ${javaName(c)} = scenario('${c.key}')
    .exec((session) => session.set('key', key()))
    .exec(http('${c.key}').${method(c)}(${literal(gatlingPath(c))})${body(c, 'typescript')}.check(status().lt(400)));`,
  ),
  '\n',
)}

  setUp(
${join(
  model.classes.map(
    (c) => say`    ${javaName(c)}.injectOpen(
      constantUsersPerSec(rate(${whole(c.startRate)})).during({ amount: seconds(${whole(SETTLE)}), unit: 'seconds' }).randomized(),
      rampUsersPerSec(rate(${whole(c.startRate)})).to(rate(${whole(c.rate)})).during({ amount: seconds(${whole(model.ramp)}), unit: 'seconds' }).randomized(),
      constantUsersPerSec(rate(${whole(c.rate)})).during({ amount: seconds(${whole(model.hold)}), unit: 'seconds' }).randomized(),
    )`,
  ),
  ',\n',
)},
  )
    .protocols(protocol)
    .assertions(
${join(
  assertions(model).map((a) => say`      ${a}`),
  ',\n',
)},
    );
});
`;
}

const method = (c: LoadClass): string => (c.method === 'POST' ? 'post' : 'get');
const gatlingPath = (c: LoadClass): string => c.path.replace(/:\w+|\{\w+\}/g, '#{key}');

function body(c: LoadClass, language: 'java' | 'typescript'): Text {
  if (c.method !== 'POST') return [];
  const padding = c.payload
    ? language === 'java'
      ? say` + ",\\"padding\\":\\"" + "x".repeat(${whole(c.payload)}) + "\\""`
      : say` + ',"padding":"' + 'x'.repeat(${whole(c.payload)}) + '"'`
    : '';
  return language === 'java'
    ? say`.body(StringBody("{\\"id\\":#{key}"${padding} + "}"))`
    : say`.body(StringBody('{"id":#{key}'${padding} + '}'))`;
}

/** Limits of the whole, the same for each class, and the share of failures. Both DSLs write them alike. */
function assertions(model: LoadModel): Text[] {
  const limits = model.limits.filter((f) => /^latency\.p\d+$/.test(f.name));
  const first = [...new Map(limits.map((f) => [f.name, f])).values()];
  const of = (scope: string, f: Fact): Text =>
    say`${scope}.responseTime().percentile(${percentOf(f)}).lt(${whole(f)})`;
  return [
    ...first.map((f) => of('global()', f)),
    ...(model.classes.length > 1
      ? model.classes.flatMap((c) => first.map((f) => of(`details("${c.key}")`, f)))
      : []),
    say`global().failedRequests().percent().lt(${digits(model.errors, 100, 4)}${Number.isInteger(Number((model.errors.value * 100).toFixed(4))) ? '.0' : ''})`,
  ];
}

/** "p999" is 99.9: Gatling wants a fraction. */
function percentOf(f: Fact): string {
  const p = Number(labelOf(f.name).replace(/^p/, ''));
  return Number.isInteger(p) ? `${p}.0` : String(p);
}
