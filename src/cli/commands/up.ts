import type { Command } from 'commander';
import { act, addCommand, type JsonOption } from '../command.js';
import { json, note, paint } from '../output.js';
import { showStatus, statusDocument } from '../status-document.js';

/** Brings up what Arbiter stands on, and makes it ready for `arbiter run`. */
export const addUp = (program: Command): void => {
  addCommand(program, {
    usage: 'up',
    summary:
      'start Kafka, the schema registry and PostgreSQL, and set them up (topics, schemas, tables, key)',
    examples: [
      'arbiter up',
      'arbiter up --json | jq -r .brokers',
      'KAFKA_BROKERS=… SCHEMA_REGISTRY_URL=… DATABASE_URL=… arbiter up',
    ],
  })
    .option('--quiet', 'no progress on stderr')
    .action(
      act(async ({ json: asJson, quiet }: JsonOption & { quiet?: boolean }) => {
        const { startStack, stackStatus } = await import('../../platform/stack/index.js');
        const stack = await startStack({ quiet: quiet === true });
        const { endpointsOf } = await import('../../runtime/endpoints.js');
        const { setUp } = await import('../../runtime/setup.js');
        const say = quiet === true ? (): void => undefined : note;
        const { schemas } = await setUp(endpointsOf(stack), (step) => say(`${step}: ready`));
        if (schemas.registered.length > 0) say(`schemas: ${schemas.registered.length} registered`);
        const document = await statusDocument(await stackStatus());
        if (asJson === true) json(document);
        else {
          await showStatus(document);
          note(`${paint('green', 'up', process.stderr)}; next: arbiter run`);
        }
        return 0;
      }),
    );
};
