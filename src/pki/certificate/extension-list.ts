import { TAG, type DerReader } from '../../encoding/der.js';
import { readExtensions, writesDefault, type ExtensionRange } from '../../x509/extensions.js';

/**
 * Reads the `Extensions` list of a CRL or an OCSP response, which is the next element.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 */
export function listExtensions(reader: DerReader): readonly ExtensionRange[] {
  const { bytes, header, end } = reader.expect(TAG.SEQUENCE);
  const extensions = readExtensions(bytes, header, end);
  if (extensions.length === 0) reader.habits?.add('empty-extensions');
  if (extensions.some((extension) => writesDefault(bytes, extension))) reader.habits?.add('written-default');
  return extensions;
}
