// For a page of a browser: `check`, as a global function.
import { check } from './check.js';

Object.assign(globalThis, { check });
