// For `workerd test`, which calls `test`: prints what `check` says of the fixtures that are bound to `fixtures`.
import { check } from './check.js';

export default {
  /**
   * @param {unknown} _controller
   * @param {{ readonly fixtures: import('../fixtures.js').Fixtures }} env
   */
  async test(_controller, env) {
    console.log(JSON.stringify(await check(env.fixtures)));
  },
};
