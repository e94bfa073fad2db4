import { failureOf, oneLine } from '../failure.js';

/** One thing that was looked at. */
export interface Check {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
  readonly repair?: string;
}

export const ok = (check: string, message: string): Check => ({ check, status: 'ok', message });
export const warning = (check: string, message: string, repair: string): Check => ({
  check,
  status: 'warning',
  message,
  repair,
});
export const wrong = (check: string, message: string, repair?: string): Check => ({
  check,
  status: 'error',
  message,
  ...(repair === undefined ? {} : { repair }),
});

/** A check that can not be made is an error of its own; the others go on. */
export const guarded = async (
  check: string,
  look: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> => {
  try {
    return await look();
  } catch (error) {
    return [wrong(check, oneLine(failureOf(error)))];
  }
};
