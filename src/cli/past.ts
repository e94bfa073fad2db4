import { deadline, duration } from './arguments.js';

/** `24h` (so long ago) or an instant such as 2030-01-31T12:00:00Z → µs since the epoch. */
export const past = (text: string, now: number = Date.now()): number =>
  /^\d[\d.]*(ms|s|m|h|d)$/.test(text) ? (now - duration(text)) * 1000 : deadline(text, now);
