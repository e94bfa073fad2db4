import type { Command } from 'commander';
import { addGroup } from '../../command.js';
import { addAbilityCommands } from './abilities.js';
import { addBaseline } from './baseline.js';
import { addCards } from './cards.js';
import { addFind } from './find.js';
import { addList } from './list.js';
import { addShow } from './show.js';
import { addStatusCommands } from './status.js';
import { addTermsCommands } from './terms.js';
import { addVocabulary } from './vocabulary.js';

/** The registry of agents. Every change waits for the registrar's decision. */
export const addAgents = (program: Command): void => {
  const group = addGroup(program, 'agents', 'register agents, and see how they do', [
    'arbiter agents add claude --capability typescript --concurrency 2',
    'arbiter agents find --type refactoring --language typescript --below-utilisation 80',
    'arbiter agents list',
  ]);
  addAbilityCommands(group);
  addTermsCommands(group);
  addStatusCommands(group);
  addList(group);
  addShow(group);
  addFind(group);
  addCards(group);
  addVocabulary(group);
  addBaseline(group);
};
