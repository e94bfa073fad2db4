import { checkSchemas, connectRegistry } from '../../bus/codec/index.js';
import type { Bus } from '../../bus/port.js';
import { TOPICS } from '../../events/topics.js';
import type { StackStatus } from '../../platform/stack/index.js';
import { projectionStatus } from '../../projections/index.js';
import type { Endpoints } from '../../runtime/endpoints.js';
import { findTopicProblems } from '../../runtime/setup.js';
import { ok, warning, wrong, type Check } from './check.js';

/** Behind by more than this, views are told to be so; while tasks run a few records always are under way. */
const MOST_LAG = 1000;

export const checkParts = ({ parts }: StackStatus): readonly Check[] =>
  parts.map(({ name, condition, port, log }) =>
    condition === 'ready'
      ? ok(name, `answers on port ${port}`)
      : wrong(name, condition, log === '' ? 'arbiter up' : `arbiter up; its log: ${log}`),
  );

export const checkTopicsOf = async (bus: Bus): Promise<readonly Check[]> => {
  const findings = await findTopicProblems(bus);
  if (findings.length === 0) return [ok('topics', 'all as declared')];
  return findings.map(({ severity, topic, code, expected, found, repair }) => ({
    check: 'topics',
    status: severity,
    message: `${code} ${topic}: expected ${expected}, found ${found}`,
    repair,
  }));
};

export const checkSchemasOf = async (
  bus: Bus,
  { schemaRegistryUrl }: Endpoints,
): Promise<readonly Check[]> => {
  const found = await checkSchemas({ registry: connectRegistry({ url: schemaRegistryUrl }), bus });
  const bad = found.filter(({ state, message }) => state !== 'registered' || message !== undefined);
  if (bad.length === 0) return [ok('schemas', `${found.length} registered, FULL_TRANSITIVE`)];
  return bad.map(({ subject, state, message }) =>
    wrong('schemas', `${subject}: ${message ?? state}`, 'arbiter schemas register, or restore after a loss'),
  );
};

export const checkViews = async (bus: Bus, { databaseUrl }: Endpoints): Promise<readonly Check[]> => {
  const live = (await projectionStatus(databaseUrl)).filter(({ state }) => state === 'live');
  if (live.length === 0) return [warning('views', 'none yet', 'arbiter run')];
  const checks = await Promise.all(
    live.map(async ({ projection, topic, current, positions, parkedStreams }) => {
      const at = new Map(positions.map(({ partition, position }) => [partition, position]));
      const ends = await bus.admin.endOffsets(topic);
      const beyond = ends.some((end, partition) => (at.get(partition) ?? 0) > end);
      const lag = ends.reduce((sum, end, partition) => sum + Math.max(0, end - (at.get(partition) ?? 0)), 0);
      const rebuild = `arbiter projections rebuild ${projection}`;
      if (beyond)
        return wrong(
          'views',
          `${projection} stands beyond the end of ${topic}: the log was cut or replaced`,
          rebuild,
        );
      if (!current) return wrong('views', `${projection} was made by another build`, rebuild);
      if (parkedStreams > 0) return wrong('views', `${projection}: ${parkedStreams} parked streams`, rebuild);
      if (lag > MOST_LAG)
        return warning('views', `${projection} is ${lag} records behind`, 'is `arbiter run` up?');
      return ok('views', `${projection}: ${lag} records behind`);
    }),
  );
  return checks;
};

export const checkDeadLetters = async (bus: Bus): Promise<readonly Check[]> => {
  const [begins, ends] = await Promise.all([
    bus.admin.beginOffsets(TOPICS.deadLetters),
    bus.admin.endOffsets(TOPICS.deadLetters),
  ]);
  const count = ends.reduce((sum, end, partition) => sum + end - (begins[partition] ?? 0), 0);
  return count === 0
    ? [ok('dead letters', 'none')]
    : [warning('dead letters', `${count} records were put aside`, 'arbiter dead-letters list')];
};
