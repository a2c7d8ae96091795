import { constant, type DeliverableEntry, derived, say } from '../../domain/index.js';
import { PER_MACHINE as MOST_A_MACHINE, RUNNERS } from '../../experiments/load/scripts/k6-operator.js';
import { partsOf } from '../parts.js';
import { whole } from '../text.js';
import { loadModel } from './model.js';

const PER_MACHINE = constant(
  'load.perMachine',
  MOST_A_MACHINE,
  '1/s',
  'Kneepoint: what one k6 process on two to four cores sends with checks and tags, with room to spare',
);

/** Several k6 pods for rates beyond one machine, on the Kubernetes that the case has. */
export default {
  id: 'load/k6-operator',
  about: 'a TestRun for the k6 operator when the rate is beyond one machine',
  make(result, context) {
    const model = loadModel(context);
    if (!model || model.target.value <= PER_MACHINE.value || !partsOf(result, context).kubernetes) return [];
    const pods = derived(
      {
        name: 'load.pods',
        subject: context.app,
        value: Math.ceil(model.target.value / PER_MACHINE.value),
        unit: 'count',
      },
      'rate ÷ rate of one machine',
      [model.target, PER_MACHINE],
    );
    return [
      {
        id: 'load/k6-operator',
        path: 'load/k6-operator.yaml',
        kind: 'load',
        stack: 'k6',
        language: 'yaml',
        title: say`The same test on several machines, for the k6 operator`,
        use: say`kubectl create configmap kneepoint-k6 --from-file=load/k6.js && kubectl apply -f load/k6-operator.yaml`,
        text: say`# The operator splits the arrivals of load/k6.js evenly over the pods; each pod checks thresholds on its own part.
apiVersion: k6.io/v1alpha1
kind: TestRun
metadata:
  name: kneepoint-load
spec:
  parallelism: ${whole(pods)}
  # All pods begin together.
  separate: true
  script:
    configMap:
      name: kneepoint-k6
      file: k6.js
${RUNNERS}`,
      },
    ];
  },
} satisfies DeliverableEntry;
