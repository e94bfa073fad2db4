/**
 * A group's coordinator, as Kafka's: a rebalance waits until every live member has noticed it, then a new generation begins.
 * Who does not notice within the session is left out, and may go on believing for a while.
 */
import type { CommittedOffset, TopicPartition } from '../port.js';
import type { MemoryGroup } from './group.js';
import type { World } from './world.js';

export class Coordinator {
  readonly #world: World;
  readonly members = new Set<MemoryGroup>();
  readonly committed = new Map<string, CommittedOffset>();
  #noticing: Set<MemoryGroup> | undefined;
  generation = 0;

  constructor(
    world: World,
    readonly groupId: string,
  ) {
    this.#world = world;
  }

  join(member: MemoryGroup): void {
    this.members.add(member);
    this.rebalance();
  }

  remove(member: MemoryGroup): void {
    if (!this.members.delete(member)) return;
    this.#noticing?.delete(member);
    if (this.#noticing === undefined) this.rebalance();
    else this.#settle();
  }

  /** A member's session ends without its knowing. */
  expireOne(): void {
    const all = [...this.members];
    all[this.#world.random.below(all.length)]?.expire();
  }

  rebalance(): void {
    if (this.#noticing !== undefined) {
      // Who joined meanwhile is in the next generation like the rest.
      return;
    }
    const waiting = new Set([...this.members].filter((member) => member.believes));
    this.#noticing = waiting;
    for (const member of waiting) {
      member.notice(() => {
        waiting.delete(member);
        if (this.#noticing === waiting) this.#settle();
      });
    }
    this.#settle();
  }

  /** Once everybody has noticed: the next generation. */
  #settle(): void {
    if (this.#noticing === undefined || this.#noticing.size > 0) return;
    const round = this.#noticing;
    this.#world.scheduler.post(this.#world.latency(), () => {
      if (this.#noticing !== round) return;
      this.#noticing = undefined;
      this.generation++;
      const sorted = [...this.members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
      for (const member of sorted) member.assign(this.generation, this.#partitionsOf(member, sorted));
    });
  }

  /** Partition p of every topic to the same member. */
  #partitionsOf(member: MemoryGroup, sorted: readonly MemoryGroup[]): TopicPartition[] {
    return [...member.topics].sort().flatMap((topic) => {
      const able = sorted.filter((one) => one.topics.includes(topic));
      const count = this.#world.topics.get(topic)?.logs.length ?? 0;
      return Array.from({ length: count }, (_, partition) => ({ topic, partition })).filter(
        ({ partition }) => able[partition % able.length] === member,
      );
    });
  }
}
