import { Argument, type Command } from 'commander';
import type { VocabularyKind } from '../../../events/generated/events.js';
import { act, addCommand, addGroup, type JsonOption } from '../../command.js';
import { DONE } from '../../failure.js';
import { json, table } from '../../output.js';
import { withSession } from '../../session.js';
import { decideRegistry, decided, type DecidedOptions } from './decided.js';

/** As VOCABULARIES of the registry; said here so that help needs no heavy import. */
const KINDS = {
  'task-type': 'TASK_TYPE',
  language: 'LANGUAGE',
  specialisation: 'SPECIALISATION',
  capability: 'CAPABILITY',
} as const;
type KindName = keyof typeof KINDS;

const kindArgument = (): Argument => new Argument('<kind>', 'which vocabulary').choices(Object.keys(KINDS));

/** `agents vocabulary` */
export const addVocabulary = (group: Command): void => {
  const words = addGroup(group, 'vocabulary', 'the words that agents may use of themselves', [
    'arbiter agents vocabulary list language',
    'arbiter agents vocabulary add specialisation compilers',
  ]);
  decided(
    addCommand(words, {
      usage: 'add',
      summary: 'add words; the first word of an empty vocabulary closes it for all others',
      examples: ['arbiter agents vocabulary add language gleam --reason "used by team x"'],
    }).addArgument(kindArgument()),
  )
    .argument('<words...>', 'the words')
    .option('--reason <text>', 'why', '')
    .action(act(add));
  addCommand(words, {
    usage: 'list',
    summary: 'the words of a vocabulary, or of all',
    examples: ['arbiter agents vocabulary list', 'arbiter agents vocabulary list language --json'],
  })
    .addArgument(new Argument('[kind]', 'which vocabulary').choices(Object.keys(KINDS)))
    .action(act(list));
};

const add = (
  kind: KindName,
  words: readonly string[],
  options: DecidedOptions & { reason: string },
): Promise<number> =>
  decideRegistry(kind, 'AddWords', options, { kind: KINDS[kind], words, reason: options.reason });

const list = (only: KindName | undefined, options: JsonOption): Promise<number> =>
  withSession(async (session) => {
    const { readRegistry } = await import('../../agents/read-registry.js');
    const { wordsOf } = await import('../../../aggregates/agent/index.js');
    const registry = await readRegistry(session);
    const found = Object.entries(KINDS)
      .filter(([name]) => only === undefined || name === only)
      .map(([name, kind]) => {
        const added = registry.words(kind satisfies VocabularyKind);
        return { kind: name, words: wordsOf(kind, added), added };
      });
    if (options.json === true) json({ vocabularies: found });
    else {
      await table(
        ['VOCABULARY', 'WORD', 'SINCE'],
        found.flatMap(({ kind, words, added }) =>
          words.length === 0
            ? [[kind, '(any word)', '']]
            : words.map((word) => [kind, word, added.includes(word) ? 'added' : 'always']),
        ),
      );
    }
    return DONE;
  });
