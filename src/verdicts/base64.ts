const STANDARD = /^[A-Za-z0-9+/]*$/;
const URL_SAFE = /^[A-Za-z0-9_-]*$/;

/**
 * Strict base64, standard or URL-safe, with or without padding (DSSE v1.0.2: a verifier must accept both alphabets).
 * Node's own decoder skips whatever it does not know, so two readers could see different bytes: here a mixed alphabet, wrong
 * padding, a stray character or non-zero trailing bits give `undefined`.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const body = withoutPadding(text);
  if (body === undefined || body.length % 4 === 1) return undefined;
  const encoding = STANDARD.test(body) ? 'base64' : URL_SAFE.test(body) ? 'base64url' : undefined;
  if (encoding === undefined) return undefined;
  const bytes = Buffer.from(body, encoding);
  return withoutPadding(bytes.toString(encoding)) === body ? bytes : undefined;
}

function withoutPadding(text: string): string | undefined {
  if (!text.endsWith('=')) return text;
  if (text.length % 4 !== 0) return undefined;
  return text.endsWith('==') ? text.slice(0, -2) : text.slice(0, -1);
}
