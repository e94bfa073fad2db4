import type { Path } from './editor.js';
import type { Reading } from './report.js';
import { shown, textOf } from './report.js';

type Fields = Readonly<Record<string, unknown>>;
type Kind = 'api' | 'schema' | 'contract-test' | 'behavior';
const KINDS: readonly string[] = ['api', 'schema', 'contract-test', 'behavior'];

/** Words in the types of the older formats and of real files, and what v12 calls them. What is none of these describes behaviour. */
const WORDS: readonly (readonly [Kind, readonly string[]])[] = [
  ['contract-test', ['pact', 'test', 'tests']],
  [
    'api',
    [
      'openapi',
      'asyncapi',
      'graphql',
      'proto',
      'protobuf',
      'grpc',
      'rest',
      'http',
      'api',
      'interface',
      'sdk',
    ],
  ],
  ['schema', ['schema', 'schemas', 'database', 'table']],
];

/** `contracts`: each gets a name and one of the four types of v12. */
export function readContracts(reading: Reading): void {
  const { spec, edit, derived } = reading;
  const contracts = spec['contracts'];
  if (contracts === undefined || contracts === null) {
    edit.set(['contracts'], [], ['non_functional', 'acceptance']);
    derived(
      'arbiter.migrate.nothing_stated',
      ['contracts'],
      'no contract is stated: an empty list says the same',
    );
    return;
  }
  if (!Array.isArray(contracts)) return;
  for (const [i, contract] of contracts.entries()) {
    if (typeof contract === 'object' && contract !== null)
      readContract(reading, ['contracts', i], contract as Fields);
  }
}

function readContract({ edit, derived, missing }: Reading, path: Path, contract: Fields): void {
  const { type, name } = contract;
  if (typeof type !== 'string' || type.trim() === '') {
    const repair = `Write its \`type\`: one of ${KINDS.join(', ')}.`;
    missing('arbiter.migrate.contract_type_missing', [...path, 'type'], 'the contract has no type', repair);
  } else if (!KINDS.includes(type)) {
    const kind = kindOf(type);
    edit.set([...path, 'type'], kind);
    edit.remark([...path, 'type'], `was ${type}`);
    derived(
      'arbiter.migrate.contract_type_read',
      [...path, 'type'],
      `contract type ${shown(type)} read as ${kind}`,
    );
  }
  if (typeof name === 'string' && name !== '') return;
  const made = nameFor(contract);
  if (made === null) {
    missing(
      'arbiter.migrate.contract_name_missing',
      [...path, 'name'],
      'the contract has no name',
      'Give it a `name`.',
    );
    return;
  }
  edit.set([...path, 'name'], made, 'first');
  derived('arbiter.migrate.contract_named', path, `the contract is named ${shown(made)} after what it says`);
}

function kindOf(type: string): Kind {
  const words = type.toLowerCase().split(/[^a-z0-9]+/);
  return WORDS.find(([, known]) => known.some((word) => words.includes(word)))?.[0] ?? 'behavior';
}

/** The file (with its fragment), the id or title, or the description. */
function nameFor(contract: Fields): string | null {
  const named = textOf(contract['name']) ?? contract['id'] ?? contract['title'];
  if (typeof named === 'string' && named.trim() !== '') return named;
  const { path, description } = contract;
  if (typeof path === 'string' && path.trim() !== '') {
    const [file = '', ...fragment] = path.split('#');
    const base =
      file
        .split('/')
        .filter((part) => part !== '')
        .at(-1) ?? '';
    return [base, ...fragment].filter((part) => part !== '').join('#') || null;
  }
  return typeof description === 'string' && description.trim() !== ''
    ? description.trim().slice(0, 80)
    : null;
}
