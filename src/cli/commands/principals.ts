import type { Command } from 'commander';
import type { PrincipalView } from '../../projections/index.js';
import { collect, refuse } from '../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';
import { CliError, DONE } from '../failure.js';
import { instant, json, print, snake, table } from '../output.js';
import type { SigningOptions } from '../waivers/policy-order.js';
import { readBounded } from '../read-input.js';
import { withQueries, withSession } from '../session.js';
import { signing } from '../waivers/signing-options.js';

interface AddOptions extends JsonOption, SigningOptions {
  readonly publicKey: string;
  readonly role: readonly Role[];
  readonly displayName?: string;
  readonly team?: string;
  readonly actor?: readonly string[];
}

const ROLES = ['ADMIN', 'APPROVER', 'OVERRIDER', 'REQUESTER'] as const;
type Role = (typeof ROLES)[number];
const MOST_KEY_BYTES = 64 * 1024;

const roles = (text: string, before: readonly Role[] = []): readonly Role[] => {
  const found = ROLES.find((role) => role === text.toUpperCase());
  return found === undefined ? refuse(ROLES.join(', ').toLowerCase(), text) : [...before, found];
};

/** Those who ask for waivers and decide on them. */
export const addPrincipals = (program: Command): void => {
  const group = addGroup(
    program,
    'principals',
    'who may ask for waivers and decide on them: names with keys',
    [
      'arbiter principals keygen ann',
      'arbiter principals add ann --public-key ann.pub.pem --role admin',
      'arbiter principals list',
    ],
  );
  addCommand(group, {
    usage: 'keygen <name>',
    summary: 'make a key pair: NAME.key.pem, which nobody else may read, and NAME.pub.pem',
    examples: ['arbiter principals keygen ann'],
  }).action(act(keygen));
  signing(
    addCommand(group, {
      usage: 'add <id>',
      summary: 'register a principal; the first is an admin, registered with the key of the deployment',
      examples: [
        'arbiter principals add ada --public-key ada.pub.pem --role admin',
        'arbiter principals add bob --public-key bob.pub.pem --role approver --team red --key ada.key.pem',
        'arbiter principals add eve --public-key eve.pub.pem --role requester --actor agent:claude --key ada.key.pem',
      ],
    }),
    'optional',
  )
    .requiredOption('--public-key <file>', 'public key in PEM')
    .requiredOption(
      '--role <role>',
      'admin, approver, overrider or requester; may be given several times',
      roles,
    )
    .option('--display-name <text>', 'for people')
    .option('--team <text>', 'for reports')
    .option('--actor <name>', 'another name of the same person, e.g. agent:claude; several times', collect)
    .action(act(add));
  signing(
    addCommand(group, {
      usage: 'retire <id>',
      summary: 'a principal no longer counts, for good; nor do the approvals it gave',
      examples: ['arbiter principals retire bob --reason "left" --key ada.key.pem'],
    }),
  )
    .option('--reason <text>', 'why', '')
    .action(act(retire));
  addCommand(group, {
    usage: 'list',
    summary: 'principals with their roles and keys',
    examples: ['arbiter principals list', 'arbiter principals list --retired --json'],
    json: 'lines',
  })
    .option('--retired', 'retired ones as well')
    .action(act(list));
};

const keygen = async (name: string, options: JsonOption): Promise<number> => {
  const [{ writeFile }, { generateKeyPair, keyId }] = await Promise.all([
    import('node:fs/promises'),
    import('../../verdicts/index.js'),
  ]);
  const { privateKeyPem, publicKeyPem } = generateKeyPair();
  const files = { private_key: `${name}.key.pem`, public_key: `${name}.pub.pem` };
  try {
    // A key that is there may be in use: it is never written over.
    await writeFile(files.private_key, privateKeyPem, { mode: 0o600, flag: 'wx' });
    await writeFile(files.public_key, publicKeyPem, { mode: 0o644, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === 'EEXIST' ? 'there is one' : (error as Error).message;
    const repair = 'choose another name, or another folder';
    throw new CliError({
      code: 'NOT_WRITTEN',
      expected: `to write ${name}.key.pem and ${name}.pub.pem`,
      found,
      repair,
    });
  }
  const id = keyId(publicKeyPem);
  if (options.json === true) json({ ...files, key_id: id });
  else print(`${files.private_key} (keep it to yourself) and ${files.public_key}; key id ${id}`);
  return DONE;
};

const add = (principalId: string, options: AddOptions): Promise<number> =>
  withSession(async (session) => {
    const { orderDesk } = await import('../waivers/policy-order.js');
    const publicKeyPem = (await readBounded(options.publicKey, MOST_KEY_BYTES, 'public key')).toString(
      'utf8',
    );
    const body = {
      principalId,
      displayName: options.displayName ?? '',
      team: options.team ?? '',
      roles: [...options.role],
      actors: [...(options.actor ?? [])],
      publicKeyPem,
    };
    await orderDesk(session, 'RegisterPrincipal', body, options);
    return said(await session.queries.findPrincipal(principalId), principalId, 'registered', options);
  });

const retire = (
  principalId: string,
  options: JsonOption & SigningOptions & { readonly reason: string },
): Promise<number> =>
  withSession(async (session) => {
    const { orderDesk } = await import('../waivers/policy-order.js');
    const { unchanged } = await orderDesk(
      session,
      'RetirePrincipal',
      { principalId, reason: options.reason },
      options,
    );
    const words = unchanged === null ? 'retired' : `unchanged: ${unchanged}`;
    return said(await session.queries.findPrincipal(principalId), principalId, words, options);
  });

const said = (
  view: PrincipalView | undefined,
  principalId: string,
  words: string,
  options: JsonOption,
): number => {
  if (options.json === true) json(view === undefined ? { principal_id: principalId } : line(view));
  else print(`${principalId}: ${words}`);
  return DONE;
};

const line = ({ registeredAt, ...rest }: PrincipalView): Record<string, unknown> =>
  snake({ ...rest, registeredAt: instant(registeredAt) });

const list = ({ json: asJson, retired }: JsonOption & { readonly retired?: boolean }): Promise<number> =>
  withQueries(async (queries) => {
    const principals = await queries.listPrincipals({ retired: retired === true });
    if (asJson === true) for (const one of principals) json(line(one));
    else {
      await table(
        ['PRINCIPAL', 'ROLES', 'TEAM', 'ALSO', 'KEY', 'STATE'],
        principals.map((one) => [
          one.principalId,
          one.roles.join(', ').toLowerCase(),
          one.team,
          one.actors.join(', '),
          one.keyId.slice(0, 12),
          one.retired ? 'retired' : 'active',
        ]),
        'nobody; begin with an admin: arbiter principals add NAME --public-key FILE --role admin',
      );
    }
    return DONE;
  });
