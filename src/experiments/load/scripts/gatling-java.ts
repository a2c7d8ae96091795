import { withKey } from './gatling-typescript.js';
import { comments, quoted, type ScriptRequest, type ScriptTool } from './observed-script.js';

/** Gatling's Java DSL: a scenario a route, users injected at the route's part of the counts. */
export const gatlingJava: ScriptTool = {
  id: 'gatling-java',
  file: 'LoadTest.java',
  use: 'cp LoadTest.java src/test/java/ && mvn gatling:test -DBASE_URL=https://staging.example',
  text: (load) => `${comments([
    ...load.seen,
    'BASE_URL names a system that you may load. SCALE multiplies the rate, SPEED plays it faster: -DSCALE=0.01 is a smoke test.',
  ])}
import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;
import io.gatling.javaapi.http.*;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

public class LoadTest extends Simulation {
  static final double SCALE = Double.parseDouble(System.getProperty("SCALE", "1"));
  static final double SPEED = Double.parseDouble(System.getProperty("SPEED", "1"));
  /** Requests of each stretch, and its seconds. */
  static final double[] COUNTS = {${load.counts.join(', ')}};
  static final double STRETCH = ${load.stretchSeconds};

  /** Gatling counts the users of whole seconds: so many stretches make a step. */
  static final int EACH = (int) Math.max(1, Math.ceil(SPEED / STRETCH));

  /**
   * Injection of a share of the requests: spread within each step as independent users are. Gatling injects whole users:
   * what rounding leaves of one step is added to the next.
   */
  static OpenInjectionStep[] arrivals(double share) {
    List<OpenInjectionStep> steps = new ArrayList<>();
    double left = 0;
    for (int i = 0; i < COUNTS.length; i += EACH) {
      double[] part = Arrays.copyOfRange(COUNTS, i, Math.min(COUNTS.length, i + EACH));
      long seconds = Math.max(1, Math.round(part.length * STRETCH / SPEED));
      left += Arrays.stream(part).sum() * share * SCALE;
      long users = Math.round(left);
      left -= users;
      if (users > 0) steps.add(constantUsersPerSec((double) users / seconds).during(seconds).randomized());
      else steps.add(nothingFor(seconds));
    }
    return steps.toArray(new OpenInjectionStep[0]);
  }

  /** An id from 1: the first ones more often, by the exponent that was seen. */
  static int key(int count, double exponent) {
    double u = ThreadLocalRandom.current().nextDouble();
    boolean flat = Math.abs(1 - exponent) < 1e-9;
    double top = flat ? Math.log(count + 1.0) : Math.pow(count + 1.0, 1 - exponent) - 1;
    double x = flat ? Math.exp(u * top) : Math.pow(1 + u * top, 1 / (1 - exponent));
    return (int) Math.min(count, Math.floor(x));
  }

  static String filled(String body, int bytes) {
    return body + "x".repeat(Math.max(0, bytes - body.length()));
  }

  {
    HttpProtocolBuilder protocol =
        http.baseUrl(System.getProperty("BASE_URL", ${quoted(load.target)})).contentTypeHeader("application/json");
${load.requests.map(scenarioOf).join('\n')}

    setUp(
${load.requests.map((r, i) => `            route${i}.injectOpen(arrivals(${r.share}))`).join(',\n')})
        .protocols(protocol)
        .assertions(
${[
  ...(load.p99Ms === undefined
    ? []
    : [
        `            global().responseTime().percentile(99.0).lt(${Math.round(load.p99Ms)})`,
        ...load.requests.map(
          (r) =>
            `            details(${quoted(r.name)}).responseTime().percentile(99.0).lt(${Math.round(load.p99Ms ?? 0)})`,
        ),
      ]),
  '            global().failedRequests().percent().lt(1.0)',
].join(',\n')});
  }
}
`,
};

function scenarioOf(r: ScriptRequest, index: number): string {
  const keyed = r.keys
    ? `\n            .exec(session -> session.set("key", key(${r.keys.count}, ${r.keys.zipf})))`
    : '';
  const body =
    r.body === undefined ? '' : `.body(StringBody(filled(${quoted(withKey(r.body))}, ${r.bodyBytes})))`;
  return `    ScenarioBuilder route${index} =
        scenario(${quoted(r.name)})${keyed}
            .exec(
                http(${quoted(r.name)}).httpRequest(${quoted(r.method)}, ${quoted(withKey(r.path))})${body}.check(status().lt(400)));`;
}
