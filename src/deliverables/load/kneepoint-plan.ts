import { type DeliverableEntry, join, say, type Text } from '../../domain/index.js';
import { comment, digits, literal, whole } from '../text.js';
import { KEYS, SETTLE } from './k6.js';
import { type LoadClass, type LoadModel, loadModel } from './model.js';
import { PORT } from './settings.js';

/** The same load as a plan for `kneepoint load run`, which judges its own run. */
export default {
  id: 'load/kneepoint',
  about: 'a plan for kneepoint load: arrivals, mix and objectives of the case',
  make(result, context) {
    const model = loadModel(context);
    if (!model || model.grpc) return [];
    const app = result.case.appName || context.app.name;
    return [
      {
        id: 'load/kneepoint',
        path: 'load/plan.yaml',
        kind: 'load',
        stack: 'kneepoint',
        language: 'yaml',
        title: say`Load plan of ${{ name: app }} for kneepoint load`,
        use: say`kneepoint load run load/plan.yaml`,
        text: plan(model, app),
      },
    ];
  },
} satisfies DeliverableEntry;

function plan(model: LoadModel, app: string): Text {
  const p99 = model.limits.find((f) => f.name === 'latency.p99');
  const p95 = model.limits.find((f) => f.name === 'latency.p95');
  return say`# Load of ${comment(app)}: arrivals keep their rate whatever comes back, and the run judges itself.
# Beyond this machine: name the host under "allow" and add --i-own-this.
name: ${literal(comment(app))}
target: http://127.0.0.1:${digits(PORT)}
warmupSeconds: ${whole(SETTLE)}
arrivals:
  process: poisson
  stages:
    - { rate: ${digits(model.start)}, seconds: ${whole(SETTLE)} }
    - { from: ${digits(model.start)}, to: ${digits(model.target)}, seconds: ${whole(model.ramp)} }
    - { rate: ${digits(model.target)}, seconds: ${whole(model.hold)} }
requests:
${join(model.classes.map(request), '\n')}
slo:
${p99 ? say`  p99Ms: ${digits(p99)}\n` : ''}${p95 ? say`  p95Ms: ${digits(p95)}\n` : ''}  errorRatio: ${digits(model.errors, 1, 6)}
`;
}

function request(c: LoadClass): Text {
  const path = c.path.replace(/:\w+|\{\w+\}/g, '{key}');
  const keys = path.includes('{key}') ? say`, keys: { count: ${whole(KEYS)}, zipf: 1.1 }` : '';
  const body =
    c.method === 'POST' ? say`, body: '{}'${c.payload ? say`, bodyBytes: ${whole(c.payload)}` : ''}` : '';
  return say`  - { name: ${literal(c.key)}, weight: ${digits(c.share, 1, 6)}, method: ${c.method}, path: ${literal(path)}${keys}${body} }`;
}
