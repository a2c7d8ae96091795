export { missingInputs } from './missing.js';
export { emptyCase, type ReadCase, readCase } from './read-case.js';
export type { CaseSource, CaseSystem } from './yaml.js';
