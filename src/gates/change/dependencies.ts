import { tooMany } from '../evidence/bounded-xml.js';
import type { FindingsMeasured, ReportedFinding } from '../evidence/measurement.js';
import { reading, type Read } from '../problem.js';
import type { ManifestChange } from './facts.js';
import { manifestReader, type Dependencies } from './manifests.js';

const MOST_LISTED = 500;
/** More manifests in one change than this are not compared: then nothing is said about any of them. */
export const MOST_MANIFESTS = 50;

/** Files that repeat what a manifest says, with all that is below it. Only the file's own name counts, never a folder's. */
const LOCK = /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/u;

/** What the change does to dependencies: what its manifests name now and did not before, and the reverse. */
export function dependencyChanges(manifests: readonly ManifestChange[]): Read<FindingsMeasured> {
  return reading('manifest', () => {
    if (manifests.length > MOST_MANIFESTS) tooMany('manifest', 'manifests in the change', MOST_MANIFESTS);
    const findings: ReportedFinding[] = [];
    const figures = { manifests: 0, added: 0, removed: 0, changed: 0, foreign: 0, locked: 0 };
    for (const { path, before, after } of manifests) {
      const read = manifestReader(path);
      if (read === undefined) continue;
      const lock = LOCK.test(path);
      figures.manifests += 1;
      // What was unreadable at the base is not this change's doing: all of it counts as added.
      const known = before === null ? NONE : valueOf(reading(path, () => read(before)));
      const now = after === null ? NONE : read(after);
      for (const [what, name, version, foreign] of differences(known, now)) {
        // A lock file repeats what its manifest says, and everything below it.
        if (lock) figures.locked += 1;
        else figures[what] += 1;
        if (foreign) figures.foreign += 1;
        if (lock && !foreign) continue;
        if (findings.length >= MOST_LISTED) continue;
        const message = `${name} ${what}${version === '' ? '' : ` (${version})`}${foreign ? ', from outside of the registry' : ''}`;
        findings.push({
          rule: `dependency.${what}`,
          level: 'note',
          message,
          path,
          line: 0,
          suppressed: 'no',
        });
      }
    }
    return { kind: 'dependencies', format: 'manifests', figures, empty: null, revision: null, findings };
  });
}

const NONE: Dependencies = new Map();

function valueOf(read: Read<Dependencies>): Dependencies {
  return read.ok ? read.value : NONE;
}

type Difference = readonly [
  what: 'added' | 'removed' | 'changed',
  name: string,
  version: string,
  foreign: boolean,
];

/** An origin that the base has nothing from is foreign: whatever answers there is no registry that anybody has agreed to. */
function differences(before: Dependencies, now: Dependencies): Difference[] {
  const found: Difference[] = [];
  const origins = new Set([...before.values()].map(({ origin }) => origin));
  for (const [name, { version, foreign: elsewhere, origin }] of now) {
    const foreign = elsewhere || (origin !== undefined && !origins.has(origin));
    const old = before.get(name);
    if (old === undefined) found.push(['added', name, version, foreign]);
    else if (old.version !== version || old.foreign !== foreign || old.origin !== origin) {
      found.push(['changed', name, `${old.version} → ${version}`, foreign]);
    }
  }
  for (const [name, { version }] of before) if (!now.has(name)) found.push(['removed', name, version, false]);
  return found;
}
