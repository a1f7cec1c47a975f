import { createHash } from 'node:crypto';
import * as forwarded from 'oauth-mtls/forwarded';
import { forwardedHeaders } from 'oauth-mtls/testing';
import { mutateText } from '../mutate-text.js';
import { attempt, hold, Violation } from '../violation.js';

/** Every format, with the options that make it read all it can. */
const FORMATS = () =>
  /** @type {const} */ ([
    forwarded.apache(),
    forwarded.awsAlb(),
    forwarded.azureAppService(),
    forwarded.azureContainerApps(),
    forwarded.caddy(),
    forwarded.cloudflare({ statusHeader: 'cf-cert-verified' }),
    forwarded.cloudFront(),
    forwarded.custom({ decode: 'base64-der', statusHeader: 'x-status', statusValues: { verified: ['SUCCESS'] } }),
    forwarded.custom({ decode: 'rfc9440', chainHeader: 'x-chain' }),
    forwarded.envoy(),
    forwarded.gcp(),
    forwarded.haproxy(),
    forwarded.ingressNginx(),
    forwarded.nginx(),
    forwarded.rfc9440({ verifiedByProxy: true }),
    forwarded.traefik(),
  ]);

/** @param {string} text */
const unescape = (text) => text.replace(/%([0-9a-f]{2})/gi, (_, octet) => String.fromCharCode(parseInt(octet, 16)));

/** @typedef {{ format: number, rawHeaders: string[] }} Input */

/** @param {import('../materials.js').Materials} materials @returns {import('../targets.js').Target[]} */
export function createForwardedTargets({ client, intermediate }) {
  const formats = FORMATS().map((format) => {
    const headers = (/** @type {'verified' | 'unverified' | undefined} */ verification) =>
      forwardedHeaders(format, verification && client, {
        intermediates: [intermediate],
        ...(verification && { verification }),
      });
    const seeds = [headers('verified'), headers('unverified'), headers(undefined)];
    const read = forwarded.createCertificateReader({ format, trust: () => true });
    // what the proxy writes is read: `verified` where the format has a verdict
    const { verification } = read({ rawHeaders: Object.entries(seeds[0] ?? {}).flat() }) ?? {};
    if (verification === undefined) throw new Error('A format does not read its own headers');
    const verdict = Object.entries(seeds[0] ?? {}).filter(([name, value]) => seeds[1]?.[name] !== value);
    const distrust = forwarded.createCertificateReader({ format, trust: () => false });
    return { seeds, read, distrust, verified: verification === 'verified', verdict };
  });
  return [
    {
      name: 'forwarded: headers',
      make(random) {
        const format = random.below(formats.length);
        const headers = random.pick(formats[format]?.seeds ?? []);
        const rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
          random.chance(0.6) ? [name, mutateText(random, value, Object.values(headers))] : [name, value],
        );
        if (random.chance(0.1)) rawHeaders.push(...rawHeaders.slice(0, 2));
        return { format, rawHeaders };
      },
      async run(/** @type {Input} */ { format, rawHeaders }) {
        const reader = formats[format];
        if (reader === undefined) return;
        const named = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : []));
        const untrusted = await attempt(() => reader.distrust({ rawHeaders }));
        hold(untrusted === undefined, 'a certificate from a proxy that is not trusted');
        const found = reader.read({ rawHeaders });
        if (found === undefined) return;
        const { certificate, verification } = found;
        hold(
          certificate.thumbprint === createHash('sha256').update(certificate.der).digest('base64url'),
          'the thumbprint is wrong',
        );
        const base64 = Buffer.from(certificate.der).toString('base64');
        hold(
          named.some(([, value = '']) =>
            [value, unescape(value)].some((text) => text.replace(/\s/g, '').includes(base64)),
          ),
          'a certificate that is not in the headers',
        );
        const given = reader.verdict.every(([name, value]) =>
          named.some((each) => each[0] === name && each[1] === value),
        );
        hold(verification !== 'verified' || (reader.verified && given), 'verified without the word of the proxy');
        // RFC 8941 §4.2: the lines of a List are one List
        const names = named.map(([name = '']) => name).filter((name) => !name.includes('chain'));
        hold(new Set(names).size === names.length, 'one of two headers is used');
      },
    },
    {
      name: 'forwarded: fetch reads what Node reads',
      make(random) {
        const format = random.below(formats.length);
        const headers = random.pick(formats[format]?.seeds ?? []);
        return {
          format,
          rawHeaders: Object.entries(headers).flatMap(([name, value]) => [name, mutateText(random, value)]),
        };
      },
      async run(/** @type {Input} */ { format, rawHeaders }) {
        const reader = formats[format];
        const headers = new Headers();
        for (let at = 0; at < rawHeaders.length; at += 2) {
          const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
          // neither server accepts control characters and white space around a value
          if (!/^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/.test(value)) return;
          headers.append(name, value);
        }
        const node = await attempt(() => reader?.read({ rawHeaders })?.certificate.thumbprint);
        const fetch = await attempt(() => reader?.read(headers)?.certificate.thumbprint);
        if (node !== fetch) throw new Violation('the two forms of a request are read differently');
      },
    },
  ];
}
