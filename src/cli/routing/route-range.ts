import type { Command } from 'commander';
import type { LoggedDecision, RouteLog } from '../../consumers/router/route-log.js';
import { past } from '../past.js';
import { withSession } from '../session.js';

export interface RangeOptions {
  readonly from?: number;
  readonly to?: number;
  readonly taskType?: string;
  readonly tenant?: string;
}

/** Options that say which decisions of the log are meant. */
export const withRange = (command: Command): Command =>
  command
    .option('--from <time>', 'decisions from then on: an instant, or 24h for so long ago', (text) =>
      past(text),
    )
    .option('--to <time>', 'decisions before then', (text) => past(text))
    .option('--task-type <type>', 'tasks of this type alone')
    .option('--tenant <tenant>', "this tenant's tasks alone");

export const inRange =
  ({ from = -Infinity, to = Infinity, taskType, tenant }: RangeOptions) =>
  ({ decidedAt, decision }: LoggedDecision): boolean =>
    decidedAt >= from &&
    decidedAt < to &&
    (taskType === undefined || decision.taskType === taskType) &&
    (tenant === undefined || decision.tenant === tenant);

/** The decisions meant, and every outcome of the log: what they rested on is learned from all. */
export const readRange = (options: RangeOptions): Promise<RouteLog> =>
  withSession(async ({ connection }) => {
    const { readRouteLog } = await import('../../consumers/router/route-log.js');
    const log = await readRouteLog({ bus: connection.bus, codec: connection.logCodec });
    return { ...log, decisions: log.decisions.filter(inRange(options)) };
  });
