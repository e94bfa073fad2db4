/** The log has been cut, written by a stranger, or reshaped: nothing may be decided on it (law 3). */
export class LogBroken extends Error {
  override readonly name = 'LogBroken';
  constructor(
    readonly code:
      | 'LOG_BROKEN'
      | 'PARTITIONS_CHANGED'
      | 'TOPIC_REPLACED'
      | 'CAUSE_BEYOND_INBOX'
      | 'APPEND_BEFORE_TAIL'
      | 'LOG_UNREADABLE',
    readonly topic: string,
    readonly partition: number,
    message: string,
  ) {
    super(`${code} ${topic}/${partition}: ${message}`);
  }
}
