import { gatlingJava } from './gatling-java.js';
import { gatlingTypescript } from './gatling-typescript.js';
import { k6 } from './k6.js';
import { k6Operator } from './k6-operator.js';
import type { ScriptTool } from './observed-script.js';

/** Tools that an observed load can be written for, beside our own plan. */
export const SCRIPT_TOOLS: readonly ScriptTool[] = [k6, gatlingTypescript, gatlingJava, k6Operator];

export { scriptLoad } from './observed-script.js';
