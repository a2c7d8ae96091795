import type { Tool } from '../tool.js';
import addEvidence from './add-evidence.js';
import compareRuns from './compare-runs.js';
import findings from './findings.js';
import readEvidence from './read-evidence.js';
import readReport from './read-report.js';
import requestApproval from './request-approval.js';
import simulate from './simulate.js';
import startCase from './start-case.js';
import testHypothesis from './test-hypothesis.js';
import validateCase from './validate-case.js';

/** In the order an investigation takes them. A client's model reads all of them: at most ten. */
export const TOOLS: readonly Tool[] = [
  validateCase,
  startCase,
  addEvidence,
  findings,
  readEvidence,
  testHypothesis,
  simulate,
  compareRuns,
  readReport,
  requestApproval,
];
