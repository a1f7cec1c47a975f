/** Texts that are not the one base64 text of any bytes (RFC 4648 §4), though some decoder reads each of them. */
export const notBase64: readonly (readonly [what: string, text: string])[] = [
  ['padding in the middle, where Node stops reading', 'SPOOF==, REAL'],
  ['padding in the middle of one value', 'QQ==QUFB'],
  ['missing padding', 'QQ'],
  ['one padding where two are needed', 'QQ='],
  ['three paddings', 'QQ==='],
  ['padding alone', '===='],
  ['bits beyond the last byte', 'QR=='],
  ['the URL alphabet', '-_-_'],
  ['a line break', 'QUFB\nQUFB'],
  ['a space at the end', 'QUFB '],
  ['four spaces', '    '],
  ['four spaces after the padding', 'QQ==    '],
  ['four spaces before the padding', 'QQ    =='],
  ['one character left over', 'QUFBQ'],
  ['a character outside ASCII', 'QUFBÀÀÀÀ'],
  ['a character that Node takes for the one of its lower octet', 'QUJDŁUJD'],
];

/** The same for the URL alphabet without padding (RFC 4648 §5). */
export const notBase64url: readonly string[] = [
  'QQ==',
  'QR',
  '+_AA',
  '-/AA',
  'Q',
  'QQ\n',
  'QUFB ',
  'QQÀ',
  'QUŁB',
  'QUJ=',
  'QUI=QUI',
];
