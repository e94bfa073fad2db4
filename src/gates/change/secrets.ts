import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import type { FindingsMeasured, ReportedFinding } from '../evidence/measurement.js';
import type { AddedFile } from './facts.js';

const RULES = {
  rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }],
};
const MOST_AT_ONCE = 512 * 1024;
const MOST_LINE = 20_000;
const MOST_FINDINGS = 200;

/** Looks for credentials in what the change adds (secretlint's recommended rules; offline). Secrets never get into a message. */
export async function findSecrets(
  added: readonly AddedFile[],
  unread: readonly string[],
): Promise<FindingsMeasured> {
  const findings: ReportedFinding[] = [];
  for (const { text, places } of batches(added)) {
    const source = { filePath: 'added-lines.txt', content: text, ext: '.txt', contentType: 'text' as const };
    const { messages } = await lintSource({ source, options: { config: RULES, maskSecrets: true } });
    for (const { ruleId, messageId, loc } of messages) {
      const place = places[loc.start.line - 1];
      if (place === undefined || findings.length >= MOST_FINDINGS) continue;
      const rule = ruleId.replace(/^@secretlint\/secretlint-rule-/u, '');
      findings.push({
        rule: `${rule}/${messageId}`,
        level: 'error',
        message: 'looks like a credential',
        ...place,
        suppressed: 'no',
      });
    }
  }
  const lines = added.reduce((sum, { numbers }) => sum + numbers.length, 0);
  return {
    kind: 'secrets',
    format: 'diff',
    figures: { secrets: findings.length, lines, unread: unread.length },
    empty: null,
    revision: null,
    findings,
  };
}

interface Batch {
  text: string;
  readonly places: { path: string; line: number }[];
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
      // Cut where one line would cost too much; and the comment that switches secretlint off is only text here.
      const line = text.slice(0, MOST_LINE).replace(/secretlint-(?=disable|enable)/giu, 'secretlint ');
      batch.text += `${line}\n`;
      batch.places.push({ path, line: numbers[index] ?? 0 });
    });
    // Nothing may be put together out of two files.
    batch.text += '\n';
    batch.places.push({ path, line: 0 });
  }
  if (batch.places.length > 0) made.push(batch);
  return made;
}
