import type { DeadLettered } from '../../events/generated/events.js';
import { OWNED_TOPICS, TOPICS } from '../../events/topics.js';
import type { LettersOptions } from '../commands/dead-letters.js';
import { CliError, DONE, NO } from '../failure.js';
import { latestLetters } from './latest-letters.js';
import { facts, instant, json, moment, note, print, snake, table } from '../output.js';
import { withSession, type Session } from '../session.js';

/** Where the id of the letter goes when its bytes are published again. */
export const REDRIVE_HEADER = 'redrive-of';
/** As the writer of dead letters cuts them: such a value is not the original any more. */
const CUT_AT = 800 * 1024;
const OWNED: ReadonlySet<string> = new Set(OWNED_TOPICS);

/** All letters in order; the same record put aside twice is one letter. */
async function* letters({ connection: { bus, logCodec } }: Session): AsyncGenerator<DeadLettered> {
  const begins = await bus.admin.beginOffsets(TOPICS.deadLetters);
  for (const [partition, from] of begins.entries()) {
    for await (const { records } of bus.readRange({ topic: TOPICS.deadLetters, partition }, from)) {
      for (const record of records) {
        const decoded = await logCodec.decode(record);
        if (decoded.kind === 'event') yield decoded.record as unknown as DeadLettered;
      }
    }
  }
}

async function* withCode(
  all: AsyncIterable<DeadLettered>,
  code: string | undefined,
): AsyncGenerator<DeadLettered> {
  for await (const letter of all) if (code === undefined || letter.code === code) yield letter;
}

export const listLetters = ({ json: asJson, limit, code }: LettersOptions): Promise<number> =>
  withSession(async (session) => {
    const found = await latestLetters(withCode(letters(session), code), limit);
    if (asJson === true) for (const letter of found) json(lineOf(letter));
    else {
      await table(
        ['ID', 'AT (UTC)', 'FROM', 'BY', 'CODE', 'MESSAGE'],
        found.map(({ letterId, occurredAt, source, component, code: why, message }) => [
          letterId,
          moment(occurredAt),
          `${source.topic}/${source.partition}@${source.offset}`,
          component,
          why,
          message,
        ]),
        'no dead letters',
      );
    }
    return DONE;
  });

const lineOf = ({ letterId, occurredAt, source, component, code, message }: DeadLettered): object => ({
  id: letterId,
  at: instant(occurredAt),
  source,
  component,
  code,
  message,
});

const find = async (session: Session, ids: readonly string[]): Promise<readonly DeadLettered[]> => {
  const wanted = new Set(ids);
  const found = new Map<string, DeadLettered>();
  for await (const letter of letters(session))
    if (wanted.has(letter.letterId)) found.set(letter.letterId, letter);
  const missing = [...wanted].filter((id) => !found.has(id));
  if (missing.length === 0) return [...found.values()];
  throw new CliError(
    {
      code: 'NOT_FOUND',
      expected: 'dead letters',
      found: `none with the id ${missing.join(', ')}`,
      repair: 'see: arbiter dead-letters list',
    },
    { exit: NO },
  );
};

export const showLetter = (id: string, { json: asJson }: { readonly json?: boolean }): Promise<number> =>
  withSession(async (session) => {
    const [letter] = await find(session, [id]);
    if (letter === undefined) return NO;
    const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
    const headers = Object.fromEntries(
      Object.entries(letter.headers).map(([name, value]) => [name, base64(value)]),
    );
    const bytes = { key: base64(letter.key), value: base64(letter.value), headers };
    if (asJson === true) json({ ...lineOf(letter), ...bytes });
    else {
      facts(
        Object.entries(snake({ ...lineOf(letter), ...bytes })).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      );
    }
    return DONE;
  });

/** The bytes again, where they came from. Only inboxes: an owned log has one writer, and that is not us. */
export const redriveLetters = (
  ids: readonly string[],
  { json: asJson }: { readonly json?: boolean },
): Promise<number> =>
  withSession(async (session) => {
    const found = await find(session, ids);
    for (const { letterId, source, value } of found) {
      const refused = OWNED.has(source.topic)
        ? `it comes from ${source.topic}, an owned log, whose only writer is its owner`
        : (value?.length ?? 0) >= CUT_AT
          ? 'its bytes were cut when it was put aside'
          : undefined;
      if (refused !== undefined)
        throw new CliError({
          code: 'NOT_REDRIVABLE',
          message: `${letterId}: ${refused}; nothing was published`,
        });
    }
    const publisher = await session.connection.bus.openPublisher();
    try {
      for (const { letterId, source, key, value, headers } of found) {
        const { topic, partition } = source;
        const again = { ...headers, [REDRIVE_HEADER]: Buffer.from(letterId) };
        const { offset } = await publisher.publish(topic, partition, { key, value, headers: again });
        if (asJson === true) json({ id: letterId, topic, partition, offset });
        else print(`${letterId}: published again at ${topic}/${partition}@${offset}`);
      }
    } finally {
      await publisher.close();
    }
    if (asJson !== true) note('if it can not be used again, it comes back as a new dead letter');
    return DONE;
  });
