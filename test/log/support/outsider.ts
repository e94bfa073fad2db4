import type { LogRecord } from '../../../src/bus/port.js';

export interface Heard {
  readonly offset: number;
  readonly name: string;
  readonly value: Buffer;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an outsider knows JSON only
  readonly record: any;
}

/** What anyone needs to read an owned log: written from the documentation alone, sharing no code with the product. */
export const outsider = (log: readonly LogRecord[]): Heard[] => {
  const heard: Heard[] = [];
  let claim = -1;
  let seq = 0;
  for (const { offset, value } of log) {
    if (value === null) continue;
    const [, name = '', json = ''] = /^(\S+) (.*)$/s.exec(value.toString()) ?? [];
    const record = JSON.parse(json) as { previousClaim?: number; meta?: { claim: number; seq: number } };
    if (name === 'Claimed') {
      if (record.previousClaim !== claim) continue;
      claim = offset;
      seq = 0;
    } else {
      if (record.meta?.claim !== claim || record.meta.seq !== seq) continue;
      seq++;
    }
    heard.push({ offset, name, value, record });
  }
  return heard;
};
