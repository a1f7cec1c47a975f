import { assertMtlsError } from '../../errors.js';
import { createCertificateReader } from '../../forwarded/certificate-reader.js';
import {
  forwardedFormats,
  forwardedHeaders,
  type ForwardedFormatName,
} from '../../testing/requests/forwarded-headers.js';
import { choice, inputPath, UsageError, type Command, type CommandContext } from '../command.js';
import { readChain } from '../read-certificates.js';
import { rowsOf, type Report } from '../reports/report.js';

const NAMES = Object.keys(forwardedFormats) as readonly ForwardedFormatName[];
const VERDICTS = ['verified', 'unverified', 'unknown'] as const;

export const headers: Command = {
  summary: 'Writes the headers that a proxy would send, or finds the reader for received headers.',
  usage: '--format FORMAT [--verification VERDICT] [--absent] [FILE] | --read [FILE]',
  help: [
    `FORMAT is one of ${NAMES.join(', ')}.`,
    'FILE contains the certificate and its chain; the output can be passed to curl with -H @-.',
    `VERDICT is the proxy's verdict on the chain: ${VERDICTS.join(', ')}.`,
    '--absent writes the headers for a client without a certificate.',
    '--read takes request headers, one per line, and tries every reader with its default header names.',
  ],
  options: {
    format: { type: 'string' },
    verification: { type: 'string' },
    absent: { type: 'boolean' },
    read: { type: 'boolean' },
  },
  async run(context) {
    if (context.values.read === true) return readHeaders(context);
    const format = choice(context, 'format', NAMES);
    if (format === undefined) throw new UsageError('Give --format, or --read');
    const verification = choice(context, 'verification', VERDICTS) ?? 'verified';
    const absent = context.values.absent === true;
    const { leaf, chain } = absent ? { leaf: undefined, chain: [] } : await readChain(context, inputPath(context));
    const data = forwardedHeaders(format, leaf, { verification, intermediates: chain });
    const lines = Object.entries(data).map(([name, value]) => `${name}: ${value}\n`);
    return { verdict: true, summary: '', sections: [], data, output: lines.join('') };
  },
};

async function readHeaders(context: CommandContext): Promise<Report> {
  const rawHeaders = parseHeaders(new TextDecoder('latin1').decode(await context.read(inputPath(context))));
  const formats = NAMES.map((format) => ({ format, ...tryFormat(format, rawHeaders) }));
  const fits = formats.filter(({ result }) => result === 'certificate');
  const rows = formats
    .filter(({ result }) => result !== 'absent')
    .map(
      ({ format, result, thumbprint, verification, code, reason }) =>
        [
          format,
          thumbprint === undefined
            ? `${code ?? result}${reason === undefined ? '' : ` (${reason})`}`
            : `${thumbprint}, ${verification ?? ''}`,
        ] as const,
    );
  return {
    verdict: fits.length > 0,
    summary:
      fits.length > 0
        ? 'These readers find a certificate. Use the one for your proxy.'
        : 'No reader finds a certificate in these headers.',
    sections: rows.length > 0 ? [{ title: 'Readers', rows: rowsOf(rows) }] : [],
    data: { formats },
  };
}

interface Attempt {
  readonly result: 'certificate' | 'absent' | 'refused';
  readonly thumbprint?: string;
  readonly verification?: string;
  readonly code?: string;
  readonly reason?: string;
}

function tryFormat(name: ForwardedFormatName, rawHeaders: readonly string[]): Attempt {
  // the sender is unknown here; the application must check it
  const read = createCertificateReader({ format: forwardedFormats[name](), trust: () => true });
  try {
    const presented = read({ rawHeaders });
    if (presented === undefined) return { result: 'absent' };
    return {
      result: 'certificate',
      thumbprint: presented.certificate.thumbprint,
      verification: presented.verification,
    };
  } catch (error) {
    assertMtlsError(error);
    const { code, detail } = error;
    return { result: 'refused', code, ...(detail.reason !== undefined && { reason: detail.reason }) };
  }
}

/** Parses `Name: value` lines of curl -v (`> `), a log or a capture into alternating names and values. */
function parseHeaders(text: string): string[] {
  const headers = text
    .split(/\r?\n/)
    .map((line) => /^(?:> ?)?([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line))
    .flatMap((match) => (match === null ? [] : [match[1]!, match[2]!]));
  if (headers.length === 0) throw new UsageError('The input contains no header lines such as "Name: value"');
  return headers;
}
