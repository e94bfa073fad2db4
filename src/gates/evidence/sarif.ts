import type { Kind } from '../declared/kinds.js';
import { stop } from '../problem.js';
import { isObject, readJson, shape, type Json } from './bounded-json.js';
import { tooMany } from './bounded-xml.js';
import { EVIDENCE_LIMITS } from './limits.js';
import type { FindingsMeasured, ReportedFinding } from './measurement.js';

const FORMAT = 'SARIF';
const MOST_FINDINGS = 100_000;

/** SARIF 2.1.0. A run that failed, or that keeps its results elsewhere, is no evidence; no run at all is an empty report. */
export function readSarif(bytes: Uint8Array, kind: Kind): FindingsMeasured {
  const report = readJson(bytes, FORMAT);
  const { version, runs } = report;
  if (version !== '2.1.0' || !Array.isArray(runs)) return shape(FORMAT, '`version: 2.1.0` and `runs`');
  const findings: ReportedFinding[] = [];
  let analysed = 0;
  let revision: string | null = null;
  for (const run of runs as readonly unknown[]) {
    if (!isObject(run)) return shape(FORMAT, 'an object for each run');
    revision ??= revisionOf(run);
    if (readRun(run, findings)) analysed += 1;
  }
  const count = (level: ReportedFinding['level']): number =>
    findings.filter((one) => one.level === level && one.suppressed === 'no').length;
  return {
    kind: kind === 'security' || kind === 'contracts' ? kind : 'static-analysis',
    format: 'sarif',
    figures: {
      runs: analysed,
      errors: count('error'),
      warnings: count('warning'),
      notes: count('note'),
      suppressed: findings.filter(({ suppressed }) => suppressed !== 'no').length,
    },
    empty: analysed === 0 ? 'no tool has looked for anything' : null,
    revision,
    findings,
  };
}

/** @returns whether this run looked for anything: without `results` it did not (SARIF 3.14.23) */
function readRun(run: Json, findings: ReportedFinding[]): boolean {
  const driver = isObject(run['tool']) ? run['tool']['driver'] : undefined;
  if (!isObject(driver) || typeof driver['name'] !== 'string') return shape(FORMAT, 'the name of a tool');
  const tool = driver['name'];
  const failed = listOf(run['invocations']).some(
    (one) => isObject(one) && one['executionSuccessful'] === false,
  );
  if (failed) {
    return stop(
      'tool_failed',
      `${JSON.stringify(tool.slice(0, 60))} says that it did not succeed`,
      'Repair what keeps the tool from running.',
    );
  }
  if (run['externalPropertyFileReferences'] !== undefined) {
    return stop('shape', 'the SARIF report keeps results in other files', 'Let the tool write one file.');
  }
  const { results } = run;
  if (results === undefined || results === null) return false;
  if (!Array.isArray(results)) return shape(FORMAT, 'a list of results');
  const bases = isObject(run['originalUriBaseIds']) ? run['originalUriBaseIds'] : {};
  const levels = levelsOf(listOf(driver['rules']));
  for (const result of results as readonly unknown[]) {
    if (!isObject(result)) return shape(FORMAT, 'an object for each result');
    const found = findingOf(result, levels, bases);
    if (found === null) continue;
    if (findings.length >= MOST_FINDINGS) tooMany(FORMAT, 'results', MOST_FINDINGS);
    findings.push(found);
  }
  return true;
}

interface RuleLevels {
  readonly byId: ReadonlyMap<string, string>;
  readonly byIndex: readonly (string | undefined)[];
}

function levelsOf(rules: readonly unknown[]): RuleLevels {
  if (rules.length > EVIDENCE_LIMITS.files) tooMany(FORMAT, 'rules', EVIDENCE_LIMITS.files);
  const byId = new Map<string, string>();
  const byIndex = rules.map((rule) => {
    if (!isObject(rule)) return undefined;
    const { id, defaultConfiguration: own } = rule;
    const level = isObject(own) && typeof own['level'] === 'string' ? own['level'] : undefined;
    if (typeof id === 'string' && level !== undefined) byId.set(id, level);
    return level;
  });
  return { byId, byIndex };
}

/** null for what is no problem: another kind than `fail`, level `none`, gone since the baseline. */
function findingOf(result: Json, levels: RuleLevels, bases: Json): ReportedFinding | null {
  const { kind = 'fail', baselineState, ruleId, ruleIndex } = result;
  if (kind !== 'fail' || baselineState === 'absent') return null;
  const rule = typeof ruleId === 'string' ? ruleId : 'unnamed';
  const indexed = typeof ruleIndex === 'number' ? levels.byIndex[ruleIndex] : undefined;
  const level =
    typeof result['level'] === 'string' ? result['level'] : (indexed ?? levels.byId.get(rule) ?? 'warning');
  if (level === 'none') return null;
  const { path, line } = placeOf(result, bases);
  const { message } = result;
  return {
    rule: rule.slice(0, 200),
    // A level that is not known must not be the way out.
    level: level === 'note' || level === 'warning' ? level : 'error',
    message: isObject(message) && typeof message['text'] === 'string' ? message['text'].slice(0, 500) : '',
    path,
    line,
    suppressed: suppressionOf(listOf(result['suppressions'])),
  };
}

function suppressionOf(list: readonly unknown[]): ReportedFinding['suppressed'] {
  const accepted = list.filter(
    (one) => isObject(one) && (one['status'] === undefined || one['status'] === 'accepted'),
  );
  // One that is under review or rejected keeps the result (SARIF 3.27.23).
  if (list.length === 0 || accepted.length < list.length) return 'no';
  return accepted.some((one) => isObject(one) && one['kind'] === 'external') ? 'external' : 'source';
}

function placeOf(result: Json, bases: Json): { path: string; line: number } {
  const [first] = listOf(result['locations']);
  const place = isObject(first) ? first['physicalLocation'] : undefined;
  if (!isObject(place)) return { path: '', line: 0 };
  const { artifactLocation: artifact, region } = place;
  const uri = isObject(artifact) ? uriOf(artifact, bases) : '';
  const line = isObject(region) && typeof region['startLine'] === 'number' ? region['startLine'] : 0;
  return { path: pathOf(uri.slice(0, EVIDENCE_LIMITS.name)), line: Number.isSafeInteger(line) ? line : 0 };
}

const MOST_BASES = 8;
/** By what it calls the root, where it does not say where that is (SARIF 3.14.14 leaves it to whoever reads). */
const ROOT_BASES: ReadonlySet<string> = new Set(['%SRCROOT%', 'SRCROOT', 'ROOTPATH', 'PROJECTROOT']);

/** An address with all its bases before it (SARIF 3.4.4); empty where one of them is not known: nobody knows then where that is. */
function uriOf(artifact: Json, bases: Json): string {
  let place: Json = artifact;
  let uri = typeof place['uri'] === 'string' ? place['uri'] : '';
  if (uri === '') return '';
  for (let depth = 0; depth < MOST_BASES; depth += 1) {
    const id = place['uriBaseId'];
    if (id === undefined || /^(?:[a-z][a-z0-9+.-]+:|\/)/iu.test(uri)) return uri;
    const base = typeof id === 'string' && Object.hasOwn(bases, id) ? bases[id] : undefined;
    const own = isObject(base) ? base['uri'] : undefined;
    if (!isObject(base) || typeof own !== 'string')
      return typeof id === 'string' && ROOT_BASES.has(id) ? uri : '';
    uri = `${own.replace(/\/$/u, '')}/${uri}`;
    place = base;
  }
  return '';
}

function pathOf(uri: string): string {
  try {
    return decodeURIComponent(uri.replace(/^file:\/\//u, ''));
  } catch {
    return uri;
  }
}

function revisionOf(run: Json): string | null {
  const [first] = listOf(run['versionControlProvenance']);
  const id = isObject(first) ? first['revisionId'] : undefined;
  return typeof id === 'string' && /^[0-9a-f]{40,64}$/u.test(id) ? id : null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
