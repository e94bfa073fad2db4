import { stop } from '../problem.js';
import { decode } from './decode.js';
import { EVIDENCE_LIMITS } from './limits.js';

export type Json = Readonly<Record<string, unknown>>;

/** A JSON object out of strangers' bytes. Depth is measured before anything is built. */
export function readJson(bytes: Uint8Array, format: string): Json {
  const text = decode(bytes, format);
  if (deeperThan(text, EVIDENCE_LIMITS.depth)) {
    stop(
      'too_deep',
      `the ${format} report is nested deeper than ${EVIDENCE_LIMITS.depth} levels`,
      'Write a flat report.',
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    stop(
      'unparsable',
      `the ${format} report is not JSON, or breaks off`,
      `Let the command write a ${format} report.`,
    );
  }
  if (!isObject(value)) return shape(format, 'a JSON object at the top');
  return value;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function shape(format: string, expected: string): never {
  return stop('shape', `the ${format} report lacks ${expected}`, `Let the command write a ${format} report.`);
}

function deeperThan(text: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > most) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
