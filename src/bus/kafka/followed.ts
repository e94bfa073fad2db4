/** One partition that a reader follows: where it stands and what hinders it. */
import type { Batch, BusError, TopicPartition } from '../port.js';

export class Followed implements TopicPartition {
  paused = false;
  /** In a request that has not been answered. */
  inFlight = false;
  /** Nothing has been delivered since `follow`: the first answer is, even if it is empty. */
  unheard = true;
  /** Newly followed or resumed: not to wait for the long poll that is under way without it. */
  fresh = true;
  /** Fetched while paused; delivered on resume. */
  held: Batch | undefined;
  /** Not to be asked before (ms since the epoch), after an error. */
  notBefore = 0;
  /** Answers in a row that said there is no such topic. */
  missing = 0;
  lastError: BusError | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
    public position: number,
  ) {}

  get free(): boolean {
    return !this.paused && !this.inFlight && this.held === undefined;
  }
}
