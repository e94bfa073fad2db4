import type { Logger } from 'pino';

interface Stoppable {
  readonly name: string;
  readonly stop: () => Promise<unknown>;
}

/**
 * Stops one after the other, whatever becomes of each. Each has half of the time that is left: what hangs on a
 * broker that is away must not keep the others from leaving their groups. Never rejects; resolves to what was left behind.
 */
export const stopInOrder = async (
  parts: readonly Stoppable[],
  limitMs: number,
  logger: Pick<Logger, 'warn'>,
): Promise<readonly string[]> => {
  const left: string[] = [];
  const end = Date.now() + limitMs;
  for (const { name, stop } of parts) {
    let timer: NodeJS.Timeout | undefined;
    const share = Math.max(100, (end - Date.now()) / 2);
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, share, 'late');
    });
    try {
      if ((await Promise.race([stop(), late])) !== 'late') continue;
      left.push(name);
      logger.warn({ component: name, ms: Math.round(share) }, 'not stopped in its time, going on');
    } catch (error) {
      logger.warn(
        { component: name, error: error instanceof Error ? error.message : String(error) },
        'stopping failed',
      );
    } finally {
      clearTimeout(timer);
    }
  }
  return left;
};
