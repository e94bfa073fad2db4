import type { Diagnostic } from '../../caws/index.js';
import { paint, printable } from '../output.js';

const WIDEST = 100;
const STYLES = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** A diagnostic for people: where, what, the line with a caret, and the repair. The text is not ours: it is made printable. */
export const showDiagnostic = (
  file: string,
  text: string,
  found: Diagnostic,
  stream: NodeJS.WriteStream = process.stdout,
): void => {
  const { line = 1, column = 1, severity, rule, message, narrowRepair } = found;
  const say = (written: string): void => void stream.write(`${written}\n`);
  const place = `${printable(file)}:${line}:${column}`;
  say(`${paint('bold', place, stream)} ${paint(STYLES[severity], severity, stream)} ${rule}`);
  say(`  ${printable(oneLine(message))}`);
  for (const drawn of excerpt(text, line, column)) say(paint('dim', drawn, stream));
  if (narrowRepair !== undefined) say(`  repair: ${printable(oneLine(narrowRepair))}`);
};

/** The line, cut to what fits around the column, and a caret below it. */
export const excerpt = (text: string, line: number, column: number): readonly string[] => {
  const source = text.split(/\r\n|\n|\r/, line)[line - 1];
  if (source === undefined || source.trim() === '') return [];
  const start = Math.max(0, column - 1 - WIDEST + 20);
  const part = printable(source.slice(start, start + WIDEST).replaceAll('\t', ' '));
  const number = String(line).padStart(6);
  const caret = Math.min(column - 1 - start, part.length);
  return [
    `${number} | ${start > 0 ? '…' : ''}${part}`,
    `${' '.repeat(7)}| ${' '.repeat(caret + (start > 0 ? 1 : 0))}^`,
  ];
};

const oneLine = (text: string): string => text.replace(/\s+/gu, ' ');
