import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { reference, runVectors } from '../../vectors/run.js';
import { bindingVectors, headerVectors, nameVectors, VERSION } from './make-vectors.js';

const read = (name: string) => JSON.parse(readFileSync(fromRoot(`vectors/${name}`), 'utf8')) as object;

describe.each([
  ['names', nameVectors],
  ['cnf', bindingVectors],
  ['headers', headerVectors],
])('vectors/%s.json', (name, make) => {
  it('is what the sources of the vectors say; -u writes it', async () => {
    const vectors = await make();
    expect(new Set(vectors.map((each) => (each as { id: string }).id)).size).toBe(vectors.length);
    const lines = vectors.map((each) => `    ${JSON.stringify(each)}`).join(',\n');
    const text = `{\n  "$schema": "./${name}.schema.json",\n  "version": "${VERSION}",\n  "vectors": [\n${lines}\n  ]\n}\n`;
    await expect(text).toMatchFileSnapshot(fromRoot(`vectors/${name}.json`));
  });

  it('keeps to its schema, which refuses something', () => {
    const validate = new Ajv({ strict: false, formats: {} }).compile(read(`${name}.schema.json`));
    const document = read(`${name}.json`) as { vectors: object[] };
    validate(document);
    expect(validate.errors).toBeNull();
    expect(validate({ ...document, vectors: [{ ...document.vectors[0], result: 'perhaps' }] })).toBe(false);
  });
});

describe('vectors/run.js', () => {
  it('finds that this library agrees with every vector', async () => {
    const { run, latitude, differences } = await runVectors(await reference());
    expect(differences).toEqual([]);
    expect(latitude).toBe(0);
    expect(run).toBeGreaterThan(400);
  });

  it('finds an implementation that always says yes', async () => {
    const yes = { matchName: () => 'match', verifyBinding: () => 'bound', readHeaders: () => undefined };
    const { differences } = await runVectors(yes);
    expect(differences).toContain('other-certificate: bound instead of refused');
    expect(differences.length).toBeGreaterThan(100);
  });
});
