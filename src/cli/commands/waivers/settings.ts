import type { Command } from 'commander';
import type { DeskSettings } from '../../../events/generated/events.js';
import { pairs } from '../../arguments.js';
import { act, addCommand, type JsonOption } from '../../command.js';
import { DONE, misuse } from '../../failure.js';
import { facts, json, print, snake } from '../../output.js';
import type { SigningOptions } from '../../waivers/policy-order.js';
import { withQueries, withSession } from '../../session.js';
import { signing } from '../../waivers/signing-options.js';

interface SetOptions extends JsonOption, SigningOptions {
  readonly to: Readonly<Record<string, string>>;
  readonly reason: string;
}

export const addSettings = (group: Command): void => {
  addCommand(group, {
    usage: 'settings',
    summary: 'the numbers of the policy desk as they hold',
    examples: ['arbiter waivers settings', 'arbiter waivers settings --json'],
  }).action(act(show));
  signing(
    addCommand(group, {
      usage: 'set-settings',
      summary: 'make the numbers of the policy desk stricter; never laxer than what is built in',
      examples: [
        'arbiter waivers set-settings --to approvers=2 --reason "two of us now" --key ada.key.pem',
        'arbiter waivers set-settings --to nonWaivableClauses=caws.scope --reason "after the audit" --key ada.key.pem',
      ],
    }),
  )
    .requiredOption('--to <name=value>', 'may be given several times; lists with commas', pairs)
    .requiredOption('--reason <text>', 'why')
    .action(act(change));
};

const current = async (
  queries: Parameters<Parameters<typeof withQueries>[0]>[0],
): Promise<{ readonly version: number; readonly settings: DeskSettings }> => {
  const { DEFAULT_SETTINGS } = await import('../../../aggregates/policies/index.js');
  return (await queries.deskSettings()) ?? { version: 0, settings: DEFAULT_SETTINGS };
};

const show = ({ json: asJson }: JsonOption): Promise<number> =>
  withQueries(async (queries) => {
    const { version, settings } = await current(queries);
    if (asJson === true) json({ version, ...snake(settings) });
    else
      facts([
        ['version', version],
        ...Object.entries(settings).map(([name, value]) => [name, String(value)] as const),
      ]);
    return DONE;
  });

const change = (options: SetOptions): Promise<number> =>
  withSession(async (session) => {
    const { orderDesk } = await import('../../waivers/policy-order.js');
    const { version, settings } = await current(session.queries);
    const next: Record<string, unknown> = { ...settings };
    for (const [name, text] of Object.entries(options.to)) {
      const before = Object.hasOwn(settings, name) ? settings[name as keyof DeskSettings] : undefined;
      if (before === undefined) {
        const names = Object.keys(settings).join(', ');
        throw misuse(`one of ${names}`, name, 'correct the name', 'BAD_SETTING');
      }
      next[name] = Array.isArray(before) ? text.split(',').filter((word) => word !== '') : Number(text);
    }
    const body = { ifVersion: version, reason: options.reason, settings: next as unknown as DeskSettings };
    await orderDesk(session, 'ChangeSettings', body, options);
    const changed = await current(session.queries);
    if (options.json === true) json({ version: changed.version, ...snake(changed.settings) });
    else print(`settings: version ${changed.version}`);
    return DONE;
  });
