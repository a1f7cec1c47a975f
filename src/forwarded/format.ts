import type { Certificate } from '../x509/certificate.js';
import { checkOptions, type OptionTable } from '../options.js';
import { decoders, type CertificateEncoding } from './encoding/certificate-encoding.js';
import type { ProxyVerdict } from './verdict.js';

/** What every format function takes. Header names are compared without regard to case. */
export interface FormatOptions {
  /** Name of the header that holds the certificate. */
  readonly header?: string;
  /** Name of the header that holds the certificates above it. */
  readonly chainHeader?: string;
  /** Name of the header in which the proxy says whether it verified the chain. */
  readonly statusHeader?: string;
  /**
   * "This proxy forwards only certificates whose chain it verified." Taken at its word; a status header that
   * says otherwise prevails. Default false.
   */
  readonly verifiedByProxy?: boolean;
}

/**
 * How one kind of proxy writes what it knows about the client certificate. Opaque: made by `nginx()`, `rfc9440()` and
 * their like, for `createCertificateReader`; `custom()` is for what they do not cover.
 */
export class ForwardedFormat {
  /** Becomes `source` of the presented certificate. */
  readonly name: string;
  readonly #settings: FormatSettings;

  constructor(settings: FormatSettings) {
    this.name = settings.name;
    this.#settings = Object.freeze(settings);
    Object.freeze(this);
  }

  /** @throws TypeError for anything that is not a format */
  static settingsOf(format: ForwardedFormat): FormatSettings {
    if (typeof (format as unknown) !== 'object' || (format as unknown) === null || !(#settings in format)) {
      throw new TypeError('Option "format" must be a format such as nginx() or rfc9440()');
    }
    return format.#settings;
  }
}

/** What a reader needs to know of a format. */
export interface FormatSettings {
  readonly name: string;
  /** Header names in lower case. */
  readonly header: string;
  readonly chainHeader: string | undefined;
  readonly statusHeader: string | undefined;
  /** A second header that the verdict takes, such as HAProxy's `ssl_c_used`. */
  readonly evidenceHeader: string | undefined;
  readonly verifiedByProxy: boolean;
  /** How a certificate is written. */
  readonly encoding: CertificateEncoding;
  /** Whether the certificate header goes on with the certificates above the leaf. */
  readonly holdsChain: boolean;
  /** Whether commas belong to the value of the certificate header. Elsewhere one betrays a joined duplicate. */
  readonly list: boolean;
  /** Whether the chain header may come in several lines, as an RFC 8941 List may. */
  readonly chainMayRepeat: boolean;
  /** Leaf first. Undefined where the value has no certificate at that place. */
  readonly readCertificate: (value: string) => readonly Certificate[] | undefined;
  readonly readChain: (value: string) => readonly Certificate[];
  readonly readVerdict: (status: string | undefined, evidence: string | undefined) => ProxyVerdict;
}

type Names = Pick<FormatSettings, 'chainHeader' | 'statusHeader' | 'evidenceHeader'>;
type FormatParts = Pick<FormatSettings, 'name' | 'header' | 'encoding' | 'readVerdict'> &
  Partial<Names & Pick<FormatSettings, 'holdsChain' | 'list' | 'chainMayRepeat' | 'readCertificate' | 'readChain'>>;

/** The members of {@link FormatOptions}, for formats with members of their own. */
export const FORMAT_OPTIONS: OptionTable<FormatOptions> = {
  header: 'string',
  chainHeader: 'string',
  statusHeader: 'string',
  verifiedByProxy: 'boolean',
};

/** A format from its defaults and the caller's options. */
export function createFormat(parts: FormatParts, options: FormatOptions = {}): ForwardedFormat {
  checkOptions<FormatOptions>(options, FORMAT_OPTIONS);
  const { verifiedByProxy = false } = options;
  const names = {
    header: headerName(options.header ?? parts.header),
    chainHeader: optionalName(options.chainHeader ?? parts.chainHeader),
    statusHeader: optionalName(options.statusHeader ?? parts.statusHeader),
    evidenceHeader: optionalName(parts.evidenceHeader),
  };
  const used = Object.values(names).filter((name) => name !== undefined);
  if (new Set(used).size !== used.length) throw new TypeError('The headers of a format must have different names');
  const { one, several } = decoders.get(parts.encoding)!;
  return new ForwardedFormat({
    holdsChain: false,
    list: false,
    chainMayRepeat: false,
    readCertificate: parts.holdsChain === true ? several : (value: string) => [one(value)],
    readChain: several,
    ...parts,
    ...names,
    verifiedByProxy,
  });
}

function optionalName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : headerName(name);
}

// RFC 9110 §5.1, §5.6.2: a field name is a token
function headerName(name: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
    throw new TypeError('A header name must be a token of RFC 9110 §5.6.2');
  return name.toLowerCase();
}
