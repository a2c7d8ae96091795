export { createPlaceholders, type Placeholders } from './placeholders.js';
export { createRedactor, keepEverything, type Redactor, type RedactorOptions } from './redactor.js';
export { type OwnRules, RulesError, readOwnRules } from './rules-file.js';
