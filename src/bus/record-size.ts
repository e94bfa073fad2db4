import type { OutgoingRecord } from './port.js';

/** What a record takes in a request, roughly and never less than half. */
export const sizeOf = (record: OutgoingRecord): number => {
  let size = 24 + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const name in record.headers) size += 4 + name.length + (record.headers[name]?.length ?? 0);
  return size;
};
