import type { Certificate } from '../x509/certificate.js';
import { checkOptions, type OptionTable } from '../options.js';
import { decoders, type CertificateEncoding } from './encoding/certificate-encoding.js';
import type { ProxyVerdict } from './verdict.js';

/** Options of every format function. Header names are case-insensitive. */
export interface FormatOptions {
  /** Name of the header with the certificate. */
  readonly header?: string;
  /** Name of the header with the certificates above it. */
  readonly chainHeader?: string;
  /** Name of the header with the proxy's verdict on the chain. */
  readonly statusHeader?: string;
  /**
   * States that the proxy forwards only certificates whose chain it has verified. A status header with a different
   * verdict takes precedence. Default false.
   */
  readonly verifiedByProxy?: boolean;
}

/**
 * The format in which a kind of proxy forwards the client certificate, for `createCertificateReader`. Opaque: created
 * by `nginx()`, `rfc9440()` and the other format functions. `custom()` is for proxies that they do not cover.
 */
export class ForwardedFormat {
  /** The `source` of the presented certificate. */
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

/** The settings of a format for a reader. */
export interface FormatSettings {
  readonly name: string;
  /** Header names in lower case. */
  readonly header: string;
  readonly chainHeader: string | undefined;
  readonly statusHeader: string | undefined;
  /** A second header for the verdict, such as HAProxy's `ssl_c_used`. */
  readonly evidenceHeader: string | undefined;
  readonly verifiedByProxy: boolean;
  /** The encoding of a certificate. */
  readonly encoding: CertificateEncoding;
  /** Whether the certificate header also contains the certificates above the leaf. */
  readonly holdsChain: boolean;
  /** Whether the value of the certificate header may contain commas. Otherwise a comma reveals a joined duplicate. */
  readonly list: boolean;
  /** Whether the chain header may have several lines, like an RFC 8941 List. */
  readonly chainMayRepeat: boolean;
  /** Reads the certificates, leaf first. Undefined if the value contains none at that place. */
  readonly readCertificate: (value: string) => readonly Certificate[] | undefined;
  readonly readChain: (value: string) => readonly Certificate[];
  readonly readVerdict: (status: string | undefined, evidence: string | undefined) => ProxyVerdict;
}

type Names = Pick<FormatSettings, 'chainHeader' | 'statusHeader' | 'evidenceHeader'>;
type FormatParts = Pick<FormatSettings, 'name' | 'header' | 'encoding' | 'readVerdict'> &
  Partial<Names & Pick<FormatSettings, 'holdsChain' | 'list' | 'chainMayRepeat' | 'readCertificate' | 'readChain'>>;

/** The members of {@link FormatOptions}, for formats with additional members. */
export const FORMAT_OPTIONS: OptionTable<FormatOptions> = {
  header: 'string',
  chainHeader: 'string',
  statusHeader: 'string',
  verifiedByProxy: 'boolean',
};

/** Creates a format from its defaults and the caller's options. */
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
