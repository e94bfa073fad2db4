import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { AgentCard, CardChecked, SigningKey } from '../../../runners/a2a-card/index.js';
import { requireAgentId } from '../../agents/agent-id.js';
import { act, addCommand, type JsonOption } from '../../command.js';
import { CliError, DONE } from '../../failure.js';
import { json, jsonText, print, printable, snake } from '../../output.js';
import { withQueries, withSession } from '../../session.js';
import { agentNamed } from './agent-line.js';
import { decide, decided, type DecidedOptions } from './decided.js';

interface ImportOptions extends DecidedOptions {
  readonly key?: string;
  readonly unsigned?: boolean;
  readonly name?: string;
  readonly dryRun?: boolean;
}

interface ExportOptions extends JsonOption {
  readonly url?: string;
  readonly sign?: string;
  readonly kid?: string;
}

/** `agents import`, `agents export` */
export const addCards = (group: Command): void => {
  decided(
    addCommand(group, {
      usage: 'import <card>',
      summary: 'register an agent from its A2A agent card (a file)',
      examples: [
        'arbiter agents import card.json --key jwks.json',
        'arbiter agents import card.json --unsigned --name helper --dry-run',
      ],
    }),
  )
    .option('--key <file>', 'keys whose signature counts: PEM, JWK or JWK set')
    .option('--unsigned', 'take it without a signature that was checked')
    .option('--name <name>', 'register it under this name (default: from the card)')
    .option('--dry-run', 'show what would be registered, and register nothing')
    .action(act(importCard));
  addCommand(group, {
    usage: 'export <name>',
    summary: 'print the A2A agent card of an agent',
    examples: [
      'arbiter agents export claude --url https://agents.example.com/claude',
      'arbiter agents export claude --sign key.pem > card.json',
    ],
  })
    .option('--url <url>', 'where it speaks A2A, where the registry does not say')
    .option('--sign <file>', 'sign it with this private key: PKCS #8 in PEM, or a JWK')
    .option('--kid <id>', 'id of the key (default: its thumbprint)')
    .action(act(exportCard));
};

const MAX_KEY_BYTES = 1024 * 1024;

const bytesOf = async (file: string, most: number): Promise<Buffer> => {
  const { size } = await stat(file).catch((error: unknown) => {
    const found = error instanceof Error ? error.message : String(error);
    throw new CliError({ code: 'NO_FILE', expected: 'a file', found, repair: 'correct the path' });
  });
  if (size <= most) return readFile(file);
  const expected = `at most ${most} bytes in ${file}`;
  throw new CliError({ code: 'FILE_TOO_LARGE', expected, found: `${size}`, repair: 'name another file' });
};

const checkedBy = async (card: AgentCard, options: ImportOptions): Promise<CardChecked | null> => {
  const { CardError, checkCard, readKeys } = await import('../../../runners/a2a-card/index.js');
  if (options.key !== undefined) {
    const keys = readKeys((await bytesOf(options.key, MAX_KEY_BYTES)).toString('utf8'), options.key);
    return checkCard(card, keys);
  }
  if (options.unsigned === true) return null;
  const isSigned = (card.signatures ?? []).length > 0;
  throw isSigned
    ? new CardError(
        'CARD_KEY_NEEDED',
        '/signatures',
        'the key to check them with',
        'none',
        'name it: --key FILE',
      )
    : new CardError('CARD_UNSIGNED', '/signatures', 'a signature', 'none', 'take it as it is: --unsigned');
};

const importCard = async (file: string, options: ImportOptions): Promise<number> => {
  const { agentIdFrom, MAX_CARD_BYTES, readCard, registrationFrom } =
    await import('../../../runners/a2a-card/index.js');
  const bytes = await bytesOf(file, MAX_CARD_BYTES);
  const card = readCard(bytes);
  const name = options.name ?? agentIdFrom(card.name);
  requireAgentId(name, '--name');
  const checked = await checkedBy(card, options);
  const known = await knownWords(options);
  const registration = registrationFrom(card, bytes, checked, known);
  if (options.dryRun !== true) return decide(name, 'RegisterAgent', options, registration);
  if (options.json === true) json({ agent_id: name, ...snake(registration) });
  else print(printable(JSON.stringify({ agent_id: name, ...registration, card: checked }, null, 2)));
  return DONE;
};

/** A look needs no stack: the words that every build knows are enough for it. */
const knownWords = async ({
  dryRun,
}: ImportOptions): Promise<{ languages: readonly string[]; specialisations: readonly string[] }> => {
  const { wordsOf } = await import('../../../aggregates/agent/index.js');
  const words = (added: (kind: 'LANGUAGE' | 'SPECIALISATION') => readonly string[]) => ({
    languages: wordsOf('LANGUAGE', added('LANGUAGE')),
    specialisations: wordsOf('SPECIALISATION', added('SPECIALISATION')),
  });
  if (dryRun === true) return words(() => []);
  const { readRegistry } = await import('../../agents/read-registry.js');
  return withSession(async (session) => {
    const registry = await readRegistry(session);
    return words((kind) => registry.words(kind));
  });
};

const exportCard = async (name: string, options: ExportOptions): Promise<number> => {
  const { cardOf, signCard } = await import('../../../runners/a2a-card/index.js');
  const agent = await withQueries((queries) => agentNamed(queries, name));
  const card = cardOf(agent, options.url);
  const signed =
    options.sign === undefined ? card : await signCard(card, await signingKey(options.sign, options.kid));
  // A card is printed as it is read elsewhere: its keys are A2A's.
  if (options.json === true) json(signed);
  else print(jsonText(signed, 2));
  return DONE;
};

const signingKey = async (file: string, kid: string | undefined): Promise<SigningKey> => {
  const { readSigningKey } = await import('../../../runners/a2a-card/index.js');
  return readSigningKey((await bytesOf(file, MAX_KEY_BYTES)).toString('utf8'), file, kid);
};
