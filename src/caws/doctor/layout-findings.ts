import { verifyChain } from '../evidence/chain.js';
import type { Finding } from './finding.js';
import { finding } from './finding.js';
import type { Layout, ProjectState } from './state.js';

export function chainFindings({ events = [] }: ProjectState): Finding[] {
  const chain = verifyChain(events);
  if (chain.ok) return [];
  const message = `the event log does not verify: ${chain.errors.length} violations, first ${chain.errors[0]?.rule ?? ''}`;
  const repair = 'Restore the log from a copy that verifies; find out who wrote to it.';
  return [finding('event.chain_invalid', 'error', '.caws/events.jsonl', message, repair)];
}

const PARTS: readonly (readonly [keyof Layout, string, string])[] = [
  ['specsDirExists', 'specs_dir_missing', '.caws/specs'],
  ['waiversDirExists', 'waivers_dir_missing', '.caws/waivers'],
  ['worktreesJsonExists', 'worktrees_registry_missing', '.caws/worktrees.json'],
  ['agentsJsonExists', 'agents_registry_missing', '.caws/agents.json'],
];

/** Files of older generations that still lie about, and files of this one that are missing. */
export function layoutFindings({ filesystem = {}, initResidue }: ProjectState): Finding[] {
  const found: Finding[] = [];
  if (filesystem.cawsDirExists === false && filesystem.hookPackInstalled === true) {
    const message = 'the hooks of CAWS are installed, but there is nothing behind them: .caws does not exist';
    found.push(finding('init.hooks_present_caws_absent', 'warning', '.caws', message, 'Run `caws init`.'));
  }
  if (initResidue?.workingSpecYaml === true) found.push(legacy('working_spec', '.caws/working-spec.yaml'));
  if (initResidue?.workingSpecSchemaJson === true) {
    found.push(legacy('working_spec_schema', '.caws/working-spec.schema.json'));
  }
  if (filesystem.cawsDirExists !== true) return found;
  const missing = PARTS.filter(([part]) => filesystem[part] !== true).map(([, rule, file]) =>
    finding(`init.${rule}`, 'warning', file, `${file} is missing`, 'Run `caws init`.'),
  );
  return [...found, ...missing];
}

function legacy(what: string, file: string): Finding {
  const message = `${file} is of an older generation and contradicts .caws/specs`;
  return finding(`init.legacy_${what}_present`, 'error', file, message, `Migrate ${file}, then remove it.`);
}
