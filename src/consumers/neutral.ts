/** Events of the tasks log that leave a task, its pending ask and its offer as they are. */
export const NEUTRAL: ReadonlySet<string> = new Set([
  'AskRepeated',
  'LeaseRenewed',
  'CommandRefused',
  'CommandRemembered',
  'RequestRefused',
  'RivalRouted',
  'RivalFinished',
  'RivalEnded',
]);
