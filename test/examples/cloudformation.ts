import { readFileSync } from 'node:fs';
import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, Resource, SpecDatabase } from '@aws-cdk/service-spec-types';
import { parse, type ScalarTag, type CollectionTag, type Tags } from 'yaml';

/** A template with its short forms written out: `!Ref A` is `{ Ref: 'A' }`. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, Record<string, unknown>>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

const PSEUDO_PARAMETERS = ['AccountId', 'Partition', 'Region', 'StackName', 'URLSuffix'].map((name) => `AWS::${name}`);
const RESOURCE_MEMBERS = ['Type', 'Properties', 'DependsOn', 'DeletionPolicy', 'UpdateReplacePolicy'];

const scalar = (name: string, write: (text: string) => unknown): ScalarTag => ({
  tag: `!${name}`,
  resolve: (text: string) => write(text),
});
const shortForms: Tags = [
  scalar('Ref', (name) => ({ Ref: name })),
  scalar('GetAtt', (text) => ({ 'Fn::GetAtt': text.split(/\.(.*)/s).slice(0, 2) })),
  scalar('Sub', (text) => ({ 'Fn::Sub': text })),
] satisfies (ScalarTag | CollectionTag)[];

export function readTemplate(file: string): Template {
  return parse(readFileSync(file, 'utf8'), { customTags: shortForms }) as Template;
}

/**
 * Everything in a template that does not exist: types, properties and their types, attributes, what is referred to. By
 * the specification of AWS that its CDK is made from.
 */
export async function findFaults(template: Template): Promise<string[]> {
  loading ??= loadAwsServiceSpec();
  return new TemplateCheck(await loading, template).run();
}

let loading: Promise<SpecDatabase> | undefined;

class TemplateCheck {
  readonly #faults: string[] = [];
  readonly #referred = new Set<string>();

  constructor(
    private readonly spec: SpecDatabase,
    private readonly template: Template,
  ) {}

  run(): string[] {
    const { Resources, Parameters = {}, Outputs = {} } = this.template;
    for (const [name, resource] of Object.entries(Resources)) this.#checkResource(name, resource);
    for (const [name, output] of Object.entries(Outputs)) this.#checkReferences(`Outputs.${name}`, output);
    for (const name of Object.keys(Parameters)) {
      if (!this.#referred.has(name)) this.#fault(name, 'is used nowhere');
    }
    return this.#faults;
  }

  #fault(place: string, what: string): void {
    this.#faults.push(`${place} ${what}`);
  }

  #typeOf(resource: TemplateResource): Resource | undefined {
    return this.spec.lookup('resource', 'cloudFormationType', 'equals', resource.Type)[0];
  }

  #checkResource(name: string, resource: TemplateResource): void {
    const type = this.#typeOf(resource);
    if (type === undefined) {
      this.#fault(name, `has the unknown type ${resource.Type}`);
      return;
    }
    for (const member of Object.keys(resource)) {
      if (!RESOURCE_MEMBERS.includes(member)) this.#fault(name, `has the unknown member ${member}`);
    }
    for (const other of resource.DependsOn ?? []) this.#checkName(`${name}.DependsOn`, other);
    this.#checkProperties(name, type.properties, resource.Properties ?? {});
    this.#checkReferences(name, resource.Properties);
  }

  #checkProperties(place: string, known: Readonly<Record<string, Property>>, given: object): void {
    for (const [name, value] of Object.entries(given)) {
      const property = known[name];
      if (property === undefined) this.#fault(`${place}.${name}`, 'does not exist');
      else this.#checkValue(`${place}.${name}`, property.type, value);
    }
    for (const [name, { required }] of Object.entries(known)) {
      if (required === true && !(name in given)) this.#fault(`${place}.${name}`, 'is missing');
    }
  }

  #checkValue(place: string, type: PropertyType, value: unknown): void {
    if (isIntrinsic(value)) return;
    switch (type.type) {
      case 'ref': {
        // the path of a folder, which `aws cloudformation package` uploads
        if (place.endsWith('Function.Code') && typeof value === 'string') return;
        const { properties } = this.spec.get('typeDefinition', type.reference.$ref);
        if (isObject(value)) this.#checkProperties(place, properties, value);
        else this.#fault(place, 'is no object');
        return;
      }
      case 'array':
        if (!Array.isArray(value)) this.#fault(place, 'is no list');
        else for (const [at, each] of value.entries()) this.#checkValue(`${place}[${at}]`, type.element, each);
        return;
      case 'map':
        if (!isObject(value)) this.#fault(place, 'is no object');
        else for (const [name, each] of Object.entries(value)) this.#checkValue(`${place}.${name}`, type.element, each);
        return;
      case 'string':
      case 'boolean':
        if (typeof value !== type.type) this.#fault(place, `is no ${type.type}`);
        return;
      case 'integer':
      case 'number':
        if (typeof value !== 'number') this.#fault(place, 'is no number');
        return;
      default:
        // a policy, a union: a value of any form
        if (value === null || value === undefined) this.#fault(place, 'is empty');
    }
  }

  /** Every name and attribute that a value refers to, however deep. */
  #checkReferences(place: string, value: unknown): void {
    if (Array.isArray(value)) {
      for (const each of value) this.#checkReferences(place, each);
    } else if (isObject(value)) {
      for (const [name, each] of Object.entries(value)) {
        if (name === 'Ref') this.#checkName(place, String(each));
        else if (name === 'Fn::GetAtt') this.#checkAttribute(place, each as [string, string]);
        else if (name === 'Fn::Sub') this.#checkSubstitutions(place, String(each));
        else this.#checkReferences(place, each);
      }
    }
  }

  #checkSubstitutions(place: string, text: string): void {
    for (const [, name = ''] of text.matchAll(/\$\{([^}!]+)\}/g)) {
      const [resource = '', attribute] = name.split(/\.(.*)/s);
      if (attribute === undefined) this.#checkName(place, name);
      else this.#checkAttribute(place, [resource, attribute]);
    }
  }

  #checkName(place: string, name: string): void {
    this.#referred.add(name);
    const { Parameters = {}, Resources } = this.template;
    if (!(name in Parameters) && !(name in Resources) && !PSEUDO_PARAMETERS.includes(name))
      this.#fault(place, `refers to ${name}, which does not exist`);
  }

  #checkAttribute(place: string, [name, attribute]: readonly [string, string]): void {
    const resource = this.template.Resources[name];
    const attributes = resource && this.#typeOf(resource)?.attributes;
    if (attributes?.[attribute] === undefined)
      this.#fault(place, `refers to ${name}.${attribute}, which does not exist`);
  }
}

function isIntrinsic(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 1 && /^(Ref|Fn::\w+)$/.test(Object.keys(value)[0]!);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
