import type { Command } from 'commander';
import type { Rebuilt } from '../../projections/index.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';
import { DONE, misuse, NO } from '../failure.js';
import { json, note, print, showError, snake, table } from '../output.js';
import { withSession } from '../session.js';

interface RebuildOptions extends JsonOption {
  readonly all?: boolean;
  readonly fresh?: boolean;
  readonly acceptDifference?: boolean;
}

/** The views: how far they are, and making them anew. */
export const addProjections = (program: Command): void => {
  const group = addGroup(
    program,
    'projections',
    'see how far the views are, or make them anew from the logs',
    ['arbiter projections list', 'arbiter projections rebuild --all'],
  );
  addCommand(group, {
    usage: 'list',
    summary: 'each projection with its positions, lag and parked streams',
    examples: ['arbiter projections list --json'],
    json: 'lines',
  }).action(act(list));
  addCommand(group, {
    usage: 'rebuild [name...]',
    summary: 'fold projections anew from offset 0 beside the old ones, compare checksums, swap; resumable',
    examples: ['arbiter projections rebuild tasks', 'arbiter projections rebuild --all --json'],
    json: 'lines',
  })
    .option('--all', 'all of them')
    .option('--fresh', 'begin at 0 even if an interrupted rebuild could be resumed')
    .option('--accept-difference', 'take the new tables although they differ from the old ones')
    .action(act(rebuildAll));
};

const list = ({ json: asJson }: JsonOption): Promise<number> =>
  withSession(async ({ connection: { bus }, endpoints }) => {
    const { projectionStatus } = await import('../../projections/index.js');
    const found = await projectionStatus(endpoints.databaseUrl);
    const topics = [...new Set(found.map(({ topic }) => topic))];
    const ends = new Map(
      await Promise.all(topics.map(async (topic) => [topic, await bus.admin.endOffsets(topic)] as const)),
    );
    const lagOf = ({ topic, positions }: (typeof found)[number]): number => {
      const at = new Map(positions.map(({ partition, position }) => [partition, position]));
      return (ends.get(topic) ?? []).reduce((sum, end, p) => sum + Math.max(0, end - (at.get(p) ?? 0)), 0);
    };
    if (asJson === true) for (const one of found) json(snake({ ...one, lag: lagOf(one) }));
    else {
      await table(
        ['PROJECTION', 'VERSION', 'STATE', 'TOPIC', 'LAG', 'PARKED', ''],
        found.map((one) => [
          one.projection,
          one.version,
          one.state,
          one.topic,
          lagOf(one),
          one.parkedStreams,
          one.current ? '' : 'made by another build: rebuild it',
        ]),
        'no projections yet; they come with: arbiter run',
      );
    }
    return DONE;
  });

const rebuildAll = async (names: readonly string[], options: RebuildOptions): Promise<number> => {
  if ((options.all === true) === names.length > 0)
    throw misuse(
      'names of projections, or --all',
      options.all === true ? 'both' : 'neither',
      'give one of them',
    );
  const { PROJECTIONS, projectionNamed } = await import('../../projections/catalogue.js');
  const wanted = options.all === true ? PROJECTIONS.map(({ name }) => name) : names;
  for (const name of wanted) projectionNamed(name);
  return withSession(async ({ connection, endpoints }) => {
    const { rebuild, stderrProgress } = await import('../../projections/index.js');
    let code = DONE;
    for (const projection of wanted) {
      try {
        const rebuilt = await rebuild({
          bus: connection.bus,
          codec: connection.logCodec,
          databaseUrl: endpoints.databaseUrl,
          projection,
          progress: stderrProgress(),
          fresh: options.fresh === true,
          acceptDifference: options.acceptDifference === true,
        });
        tell(rebuilt, options);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'PROJECTION_DIFFERS') throw error;
        showError(error, options.json === true);
        code = NO;
      }
    }
    if (code === NO) note('what differs was kept as it was; look at it before --accept-difference');
    return code;
  });
};

const tell = (rebuilt: Rebuilt, { json: asJson }: RebuildOptions): void => {
  const seconds = rebuilt.milliseconds / 1000;
  const perSecond = Math.round(rebuilt.events / Math.max(seconds, 0.001));
  if (asJson === true) json(snake({ ...rebuilt, eventsPerSecond: perSecond }));
  else
    print(
      `${rebuilt.projection}: version ${rebuilt.version}, ${rebuilt.events} events in ${seconds.toFixed(1)} s (${perSecond}/s)`,
    );
};
