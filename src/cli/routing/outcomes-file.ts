import { misuse } from '../failure.js';
import { readBounded } from '../read-input.js';

/** A table as it stands in a file; `lines[i]` is the line on which row i ends. */
export interface OutcomesFile {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

const MOST_BYTES = 256 * 1024 * 1024;

/** A CSV file (RFC 4180: quoted fields with commas, quotes and line breaks; a byte order mark is skipped), or stdin for `-`. */
export const readOutcomes = async (file: string): Promise<OutcomesFile> => {
  const bytes = await readBounded(file, MOST_BYTES, 'file of outcomes');
  const { parse } = await import('csv-parse/sync');
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(bytes, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      max_record_size: 1024 * 1024,
    }) as never;
  } catch (error) {
    throw malformed(error as CsvFault);
  }
  const [first, ...rest] = records;
  if (first === undefined)
    throw misuse('a header line and rows of outcomes', 'an empty file', 'name another file', 'CSV_INVALID');
  return {
    head: first.record,
    rows: rest.map(({ record }) => record),
    lines: rest.map(({ info }) => info.lines),
  };
};

interface CsvFault extends Error {
  readonly code?: string;
  readonly lines?: number;
  readonly column?: number | string;
}

const malformed = ({ code, message, lines, column }: CsvFault): Error => {
  const place = [
    lines === undefined ? '' : `line ${lines}`,
    column === undefined ? '' : `column ${typeof column === 'number' ? column + 1 : JSON.stringify(column)}`,
  ];
  const found = [...place.filter((part) => part !== ''), message].join(': ');
  return misuse('a CSV file', found, 'mend the line, or quote the field', code ?? 'CSV_INVALID');
};
