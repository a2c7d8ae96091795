export { createRedactor, keepEverything, type Redactor } from './redactor.js';
