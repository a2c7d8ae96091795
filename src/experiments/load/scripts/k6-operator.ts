import type { ScriptTool } from './observed-script.js';

/** What one k6 process on two to four cores sends, with room to spare. */
export const PER_MACHINE = 5000;

/** How the pods of a TestRun are told apart, aimed and sized. */
export const RUNNERS = `  arguments: --tag testid=kneepoint
  runner:
    env:
      - name: BASE_URL
        value: "https://staging.example"
    resources:
      requests: { cpu: "2", memory: 4Gi }
      limits: { cpu: "4", memory: 8Gi }
`;

/** Several k6 pods for a rate beyond one machine: a TestRun that splits the arrivals of load.js. */
export const k6Operator: ScriptTool = {
  id: 'k6-operator',
  file: 'k6-operator.yaml',
  use: 'kubectl create configmap kneepoint-k6 --from-file=load.js && kubectl apply -f k6-operator.yaml',
  text: (
    load,
  ) => `# The operator splits the arrivals of load.js (kneepoint load model … --for k6) evenly over the pods: ${Math.round(load.peakRate)} a second
# at the highest, at most ${PER_MACHINE} a pod. Each pod checks thresholds on its own part.
apiVersion: k6.io/v1alpha1
kind: TestRun
metadata:
  name: kneepoint-load
spec:
  parallelism: ${Math.max(1, Math.ceil(load.peakRate / PER_MACHINE))}
  # All pods begin together, each on a machine of its own.
  separate: true
  script:
    configMap:
      name: kneepoint-k6
      file: load.js
${RUNNERS}`,
};
