import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { findFaults, readTemplate, type Template } from './cloudformation.js';

const api = readTemplate(fromRoot('examples/aws/api.yaml'));
const truststore = readTemplate(fromRoot('examples/aws/truststore.yaml'));

/** Every resource of a type, with its properties. */
const all = ({ Resources }: Template, type: string): Record<string, unknown>[] =>
  Object.values(Resources)
    .filter((resource) => resource.Type === type)
    .map(({ Properties = {} }) => ({ ...Properties }));

type Change = (authorizer: Record<string, unknown>, template: Template) => unknown;

/** A copy, with one change made. */
function changed(change: Change): Template {
  const copy = structuredClone(api);
  change(copy.Resources['Authorizer']!.Properties as Record<string, unknown>, copy);
  return copy;
}

describe('examples/aws', { timeout: 120_000 }, () => {
  it.each([
    ['api.yaml', api],
    ['truststore.yaml', truststore],
  ])('%s has types, properties and references that exist', async (_name, template) => {
    expect(await findFaults(template)).toEqual([]);
  });

  it.each<[what: string, fault: string, change: Change]>([
    [
      'a misspelt property',
      'Authorizer.AuthorizerResultTtl does not exist',
      (each) => (each['AuthorizerResultTtl'] = 0),
    ],
    [
      'a value of another type',
      'Authorizer.AuthorizerResultTtlInSeconds is no number',
      (each) => (each['AuthorizerResultTtlInSeconds'] = '0'),
    ],
    ['a missing property', 'Authorizer.Type is missing', (each) => delete each['Type']],
    [
      'a reference to nothing',
      'Authorizer refers to Apo, which does not exist',
      (each) => (each['RestApiId'] = { Ref: 'Apo' }),
    ],
    [
      'an attribute of nothing',
      'Authorizer refers to Api.Arm, which does not exist',
      (each) => (each['AuthorizerUri'] = { 'Fn::Sub': '${Api.Arm}' }),
    ],
    [
      'a nested property',
      'Domain.MutualTlsAuthentication.Uri does not exist',
      (_each, { Resources }) =>
        Object.assign(Resources['Domain']!.Properties!['MutualTlsAuthentication'] as object, { Uri: 's3://a/b' }),
    ],
    [
      'a parameter that is not used',
      'Other is used nowhere',
      (_each, { Parameters }) => Object.assign(Parameters!, { Other: {} }),
    ],
  ])('would be found to have %s', async (_what, fault, change) => {
    expect(await findFaults(changed(change))).toEqual([fault]);
  });

  it('asks every client for a certificate of the truststore, at the only address of the API', () => {
    expect(all(api, 'AWS::ApiGateway::RestApi').map((each) => each['DisableExecuteApiEndpoint'])).toEqual([true]);
    expect(all(api, 'AWS::ApiGateway::DomainName')).toEqual([
      expect.objectContaining({
        SecurityPolicy: 'TLS_1_2',
        MutualTlsAuthentication: {
          TruststoreUri: { 'Fn::Sub': 's3://${TruststoreBucket}/${TruststoreKey}' },
          TruststoreVersion: { Ref: 'TruststoreVersion' },
        },
      }),
    ]);
  });

  it('decides each request anew, by the certificate and the token', () => {
    const [authorizer, ...more] = all(api, 'AWS::ApiGateway::Authorizer');
    expect(more).toEqual([]);
    expect(authorizer).toMatchObject({ Type: 'REQUEST', AuthorizerResultTtlInSeconds: 0 });
    for (const method of all(api, 'AWS::ApiGateway::Method'))
      expect(method).toMatchObject({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } });
  });

  it('lets API Gateway call the functions, for this API alone', () => {
    for (const permission of all(api, 'AWS::Lambda::Permission')) {
      const { 'Fn::Sub': source } = permission['SourceArn'] as { 'Fn::Sub': string };
      expect(permission['Principal']).toBe('apigateway.amazonaws.com');
      expect(source).toContain(':${AWS::AccountId}:${Api}/');
    }
  });

  it('keeps the truststore private, and its versions', () => {
    const [bucket] = all(truststore, 'AWS::S3::Bucket');
    expect(bucket).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('names a handler and a folder that the README builds', () => {
    const readme = readFileSync(fromRoot('examples/aws/README.md'), 'utf8');
    const functions = all(api, 'AWS::Lambda::Function').filter(({ Code }) => typeof Code === 'string');
    expect(functions).toEqual([expect.objectContaining({ Code: 'build/authorizer', Handler: 'handler.handler' })]);
    expect(readme).toContain('--outfile=build/authorizer/handler.mjs');
  });
});
