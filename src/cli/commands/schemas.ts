import type { Command } from 'commander';
import type { Registry } from '../../bus/codec/index.js';
import type { Bus } from '../../bus/port.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';
import { DONE, NO } from '../failure.js';
import { json, note, print, snake, table } from '../output.js';

/** The schemas of the events, in the registry and in the log. */
export const addSchemas = (program: Command): void => {
  const group = addGroup(program, 'schemas', 'register, check or restore the schemas of the events', [
    'arbiter schemas check',
    'arbiter schemas restore',
  ]);
  addCommand(group, {
    usage: 'register',
    summary: 'register every schema of this build, FULL_TRANSITIVE; doing it again changes nothing',
    examples: ['arbiter schemas register'],
  }).action(act(register));
  addCommand(group, {
    usage: 'restore',
    summary: 'fill a registry that has lost its schemas from arbiter.schemas',
    examples: ['arbiter schemas restore --json'],
  }).action(act(restore));
  addCommand(group, {
    usage: 'check',
    summary: 'how each schema of this build stands to the registry; exits 1 unless all are registered',
    examples: ['arbiter schemas check', 'arbiter schemas check --json'],
    json: 'lines',
  }).action(act(check));
};

/** Without the codec: it refuses to start where schemas are missing, which is what is to be repaired here. */
const withRegistry = async <T>(work: (registry: Registry, bus: Bus) => Promise<T>): Promise<T> => {
  const [{ connectRegistry }, { openBus }, { findEndpoints }] = await Promise.all([
    import('../../bus/codec/index.js'),
    import('../../runtime/open-bus.js'),
    import('../../runtime/endpoints.js'),
  ]);
  const endpoints = await findEndpoints();
  const bus = await openBus(endpoints, 'arbiter-schemas');
  try {
    return await work(connectRegistry({ url: endpoints.schemaRegistryUrl }), bus);
  } finally {
    await bus.close();
  }
};

const register = ({ json: asJson }: JsonOption): Promise<number> =>
  withRegistry(async (registry, bus) => {
    const { ensureSchemas } = await import('../../bus/codec/index.js');
    const { ids, registered, logged } = await ensureSchemas({ registry, bus });
    if (asJson === true) json({ ids, registered, logged });
    else
      print(`${ids.size} schemas, ${registered.length} newly registered, ${logged} newly written to the log`);
    return DONE;
  });

const restore = ({ json: asJson }: JsonOption): Promise<number> =>
  withRegistry(async (registry, bus) => {
    const { restoreSchemas } = await import('../../bus/codec/index.js');
    const report = await restoreSchemas({ registry, bus });
    if (asJson === true) json(report);
    else {
      print(
        `${report.found} schemas in the log: ${report.kept} kept their ids, ${report.found - report.kept} have a new one`,
      );
      if (report.ignored > 0)
        note(`${report.ignored} records of arbiter.schemas do not hold and were passed over`);
    }
    return DONE;
  });

const check = ({ json: asJson }: JsonOption): Promise<number> =>
  withRegistry(async (registry, bus) => {
    const { checkSchemas } = await import('../../bus/codec/index.js');
    const found = await checkSchemas({ registry, bus });
    const bad = found.filter(({ state, message }) => state !== 'registered' || message !== undefined);
    if (asJson === true) for (const one of found) json(snake(one));
    else {
      await table(
        ['SUBJECT', 'STATE', 'ID', 'MESSAGE'],
        found.map(({ subject, state, id, message }) => [subject, state, id, message]),
      );
    }
    if (bad.length > 0)
      note(`${bad.length} of ${found.length} are not as they should be; run: arbiter schemas register`);
    return bad.length === 0 ? DONE : NO;
  });
