/**
 * Who gets which partition: partition p of every topic goes to the same member, so that the owner of an inbox partition
 * also owns what it writes from it. kafkajs' own assigner deals partitions out regardless of what a member subscribed to.
 */
import kafkajs from 'kafkajs';
import type { TopicPartition } from '../port.js';

const { AssignerProtocol } = kafkajs;

/** Part of the group protocol: members with different rules never share a generation. */
export const ASSIGNER_NAME = 'arbiter-co-partitioned-v1';
const VERSION = 1;

export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/** Partitions of each topic by member; the same members and counts give the same answer whatever their order. */
export const assignCoPartitioned = (
  members: readonly Subscriber[],
  partitionsOf: ReadonlyMap<string, number>,
): ReadonlyMap<string, Readonly<Record<string, number[]>>> => {
  const sorted = [...members].sort((a, b) =>
    a.memberId < b.memberId ? -1 : a.memberId > b.memberId ? 1 : 0,
  );
  const plan = new Map<string, Record<string, number[]>>(sorted.map((member) => [member.memberId, {}]));
  const topics = [...new Set(sorted.flatMap((member) => member.topics))].sort();
  for (const topic of topics) {
    const able = sorted.filter((member) => member.topics.includes(topic));
    for (let partition = 0; partition < (partitionsOf.get(topic) ?? 0); partition++) {
      const owner = able[partition % able.length];
      const mine = owner === undefined ? undefined : plan.get(owner.memberId);
      if (mine !== undefined) (mine[topic] ??= []).push(partition);
    }
  }
  return plan;
};

export const encodeSubscription = (topics: readonly string[]): Buffer =>
  AssignerProtocol.MemberMetadata.encode({
    version: VERSION,
    topics: [...topics],
    userData: Buffer.alloc(0),
  });

/** What a member subscribed to; nothing if it cannot be read. */
export const decodeSubscription = (bytes: Buffer): readonly string[] =>
  AssignerProtocol.MemberMetadata.decode(bytes)?.topics ?? [];

export const encodeAssignment = (assignment: Readonly<Record<string, number[]>>): Buffer =>
  AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) });

export const decodeAssignment = (bytes: Buffer): TopicPartition[] => {
  if (bytes.length === 0) return [];
  const assignment = AssignerProtocol.MemberAssignment.decode(bytes)?.assignment ?? {};
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  );
};
