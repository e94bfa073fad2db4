import { access } from 'node:fs/promises';
import type { StackStatus } from '../platform/stack/index.js';
import { withoutPasswords } from './failure.js';
import { facts, print, table } from './output.js';

/** `status --json`: where everything is. `database_url` carries its password: programs need it, people do not. */
export interface StatusDocument {
  readonly bus: 'kafka';
  readonly kafka_version: string | null;
  readonly brokers: string | null;
  readonly schema_registry_url: string | null;
  readonly database_url: string | null;
  readonly public_key_path: string | null;
  readonly ready: boolean;
  readonly folder: string;
  readonly parts: readonly {
    readonly name: string;
    readonly condition: string;
    readonly origin: string;
    readonly pid: number | null;
    readonly port: number;
    readonly log: string | null;
  }[];
}

/** Programs that ask the registry have a login of their own. */
const withoutLogin = (url: string): string => {
  const plain = new URL(url);
  if (plain.username === '' && plain.password === '') return url;
  plain.username = '';
  plain.password = '';
  return plain.href;
};

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

export const statusDocument = async ({ folder, stack, parts }: StackStatus): Promise<StatusDocument> => {
  const { keysFolder } = await import('../runtime/endpoints.js');
  const { keyFiles } = await import('../runtime/signing-key.js');
  const { publicKeyPath } = keyFiles(keysFolder({ folder }));
  return {
    bus: 'kafka',
    kafka_version: stack?.kafkaVersion ?? null,
    brokers: stack?.brokers ?? null,
    schema_registry_url: stack === null ? null : withoutLogin(stack.schemaRegistryUrl),
    database_url: stack?.databaseUrl ?? null,
    public_key_path: (await exists(publicKeyPath)) ? publicKeyPath : null,
    ready: stack !== null,
    folder,
    parts: parts.map(({ name, condition, origin, pid, port, log }) => ({
      name,
      condition,
      origin,
      pid: pid === 0 ? null : pid,
      port,
      log: log === '' ? null : log,
    })),
  };
};

/** For people: the password is masked. */
export const showStatus = async (document: StatusDocument): Promise<void> => {
  await table(
    ['PART', 'STATUS', 'PORT', 'PID', 'ORIGIN', 'LOG'],
    document.parts.map(({ name, condition, port, pid, origin, log }) => [
      name,
      condition,
      port === 0 ? '' : port,
      pid,
      origin,
      log,
    ]),
  );
  print();
  const masked = (url: string | null): string | null => (url === null ? null : withoutPasswords(url));
  facts([
    ['kafka', document.kafka_version],
    ['brokers', document.brokers],
    ['schema registry', masked(document.schema_registry_url)],
    ['database', masked(document.database_url)],
    ['public key', document.public_key_path],
    ['state folder', document.folder],
  ]);
};
