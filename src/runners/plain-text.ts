/**
 * Text of strangers, made harmless: valid Unicode, no control characters but tab and line break, no marks that turn the direction of
 * writing. Nothing in it can move a cursor, colour a terminal or hide a line.
 * @param text hostile bytes, or a string that may hold lone surrogates
 */
export function plainText(text: Buffer | string): string {
  const decoded = (typeof text === 'string' ? Buffer.from(text) : whole(text)).toString('utf8');
  return decoded.replace(/\r\n?/gu, '\n').replace(
    // eslint-disable-next-line no-control-regex -- they come from strangers
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    '\ufffd',
  );
}

/** A tail may begin in the middle of a character: those bytes are left out. */
function whole(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start);
}
