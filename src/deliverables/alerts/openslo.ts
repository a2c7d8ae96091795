import { type DeliverableEntry, name, say } from '../../domain/index.js';
import { writeOpenSlo, writeSloth } from '../../evidence/readers/slo/write.js';
import { partsOf, usesTool } from '../parts.js';
import { PROMQL } from './prometheus.js';
import { plansOf, promisesOf } from './specs.js';

/** The promises themselves, for tools that read specifications: OpenSLO, and Sloth for those its language can say. */
export default {
  id: 'alerts/openslo',
  about: 'the promises of the case as OpenSLO v1 and Sloth specifications',
  make(result, context) {
    const watching = context.tools.filter((t) => t.roles.includes('metrics') || t.roles.includes('alerting'));
    if (watching.length > 0 && !usesTool(context, ...PROMQL)) return [];
    const promises = promisesOf(partsOf(result, context));
    const stated = promises.objectives.some((o) => !o.objective.assumed) || promises.states.length > 0;
    if (!stated) return [];
    const specs = plansOf(promises).map((p) => p.spec);
    const app = name(result.case.appName || context.app.name);
    const [sloth] = writeSloth(specs).files.values();
    return [
      {
        id: 'alerts/openslo',
        path: 'slo/openslo.yaml',
        kind: 'alerts',
        stack: 'OpenSLO',
        language: 'yaml',
        title: say`Promises of ${app} in OpenSLO`,
        use: say`kneepoint slo generate slo/openslo.yaml --out slo    # or backtest it over your history`,
        text: [writeOpenSlo(specs)],
      },
      ...(sloth
        ? [
            {
              id: 'alerts/sloth',
              path: 'slo/sloth.yml',
              kind: 'alerts' as const,
              stack: 'Sloth',
              language: 'yaml',
              title: say`Promises of ${app} in Sloth`,
              use: say`sloth validate -i slo/sloth.yml`,
              text: [sloth],
            },
          ]
        : []),
    ];
  },
} satisfies DeliverableEntry;
