import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import type { FindingsMeasured, ReportedFinding } from '../evidence/measurement.js';
import { listed } from '../words.js';
import type { AddedFile } from './facts.js';

const RULES = {
  rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }],
};
const MOST_AT_ONCE = 512 * 1024;
/** Longer lines are read in pieces, each beginning inside of the one before, so that no credential is cut in two. */
const MOST_LINE = 20_000;
const OVERLAP = 4_000;
/** What secretlint counts as the end of a line, besides the line feed at which added lines are split. */
const LINE_ENDS = /[\r\u2028\u2029]/u;
const NOWHERE: Place = { path: '/', line: 0, offset: 0 };
const MOST_FINDINGS = 200;

/** Looks for credentials in what the change adds (secretlint's recommended rules; offline). Secrets never get into a message. */
export async function findSecrets(
  added: readonly AddedFile[],
  unread: readonly string[],
): Promise<FindingsMeasured> {
  const findings: ReportedFinding[] = [];
  let secrets = 0;
  const seen = new Set<string>();
  for (const { text, places } of batches(added)) {
    const source = { filePath: 'added-lines.txt', content: text, ext: '.txt', contentType: 'text' as const };
    const { messages } = await lintSource({ source, options: { config: RULES, maskSecrets: true } });
    for (const { ruleId, messageId, loc } of messages) {
      // A credential that nobody can place is one all the same.
      const { path, line, offset } = places[loc.start.line - 1] ?? NOWHERE;
      const one = JSON.stringify([ruleId, messageId, path, line, offset + loc.start.column]);
      // Found in both pieces that it lies in.
      if (path !== NOWHERE.path && seen.has(one)) continue;
      secrets += 1;
      seen.add(one);
      if (findings.length >= MOST_FINDINGS) continue;
      const rule = ruleId.replace(/^@secretlint\/secretlint-rule-/u, '');
      findings.push({
        rule: `${rule}/${messageId}`,
        level: 'error',
        message: 'looks like a credential',
        path,
        line,
        suppressed: 'no',
      });
    }
  }
  const lines = added.reduce((sum, { numbers }) => sum + numbers.length, 0);
  return {
    kind: 'secrets',
    format: 'diff',
    figures: { secrets, lines, unread: unread.length },
    empty: unread.length === 0 ? null : `${unread.length} files could not be read: ${listed(unread)}`,
    revision: null,
    findings,
  };
}

interface Place {
  readonly path: string;
  readonly line: number;
  /** Characters of the line before this piece of it. */
  readonly offset: number;
}

interface Batch {
  text: string;
  readonly places: Place[];
}

/** Added lines of many files as a few texts: a rule costs more to start than to run. */
function batches(added: readonly AddedFile[]): Batch[] {
  const made: Batch[] = [];
  let batch: Batch = { text: '', places: [] };
  for (const { path, numbers, texts } of added) {
    texts.forEach((text, index) => {
      if (batch.text.length > MOST_AT_ONCE) {
        made.push(batch);
        batch = { text: '', places: [] };
      }
      // The comment that switches secretlint off is only text here; it keeps its length.
      const line = text.replace(/secretlint-(?=disable|enable)/giu, 'secretlint ');
      for (const { piece, offset } of pieces(line)) {
        batch.text += `${piece}\n`;
        batch.places.push({ path, line: numbers[index] ?? 0, offset });
      }
    });
    // Nothing may be put together out of two files.
    batch.text += '\n';
    batch.places.push({ path, line: 0, offset: 0 });
  }
  if (batch.places.length > 0) made.push(batch);
  return made;
}

function pieces(line: string): { piece: string; offset: number }[] {
  const made: { piece: string; offset: number }[] = [];
  let begin = 0;
  for (const part of line.split(LINE_ENDS)) {
    let at = 0;
    for (;;) {
      made.push({ piece: part.slice(at, at + MOST_LINE), offset: begin + at });
      if (at + MOST_LINE >= part.length) break;
      at += MOST_LINE - OVERLAP;
    }
    begin += part.length + 1;
  }
  return made;
}
