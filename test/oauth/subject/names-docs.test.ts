import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { fromRoot } from '../../../subpaths.js';
import { subjectCauses } from '../../../src/oauth/subject/subject-causes.js';

it('docs/names.md lists every cause in its own words', () => {
  const rows = [...readFileSync(fromRoot('docs/names.md'), 'utf8').matchAll(/^\| `([a-z0-9-]+)` \| (.*) \|$/gm)];
  const listed = rows.map(([, cause, meaning]) => [cause, meaning]).filter(([cause]) => cause! in subjectCauses);
  expect(listed).toEqual(Object.entries(subjectCauses));
});
