import { TAG, type DerReader } from '../../encoding/der.js';
import { readExtensions, type ExtensionRange } from '../../x509/extensions.js';

/**
 * The `Extensions` list that comes next, of a CRL or an OCSP response.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 */
export function listExtensions(reader: DerReader): readonly ExtensionRange[] {
  const { bytes, header, end } = reader.expect(TAG.SEQUENCE);
  return readExtensions(bytes, header, end);
}
