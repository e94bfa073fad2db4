import { readdirSync, readFileSync } from 'node:fs';

/**
 * Sends a signal to every process of the group.
 * @returns false when nobody is left in it
 */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  return send(-group, signal);
}

/**
 * Asks a group to end through a wrapper that leads it: a sandbox dies of SIGTERM at once and takes the program with it, which then
 * could not clean up. So everyone but the leader is asked; when the program ends, so does its wrapper. Where the members
 * cannot be told (no /proc), or the leader is alone, the whole group is asked.
 */
export function askMembers(group: number): void {
  const asked = membersOf(group).filter((pid) => pid !== group && send(pid, 'SIGTERM'));
  if (asked.length === 0) signalGroup(group, 'SIGTERM');
}

function membersOf(group: number): number[] {
  let entries: string[];
  try {
    entries = readdirSync('/proc');
  } catch {
    return [];
  }
  return entries.filter((entry) => /^[0-9]+$/.test(entry) && groupOf(entry) === group).map(Number);
}

function groupOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // pid (name) state ppid pgrp …; the name may hold anything, a closing bracket too.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined;
  }
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    // ESRCH: it is gone. EPERM: it has changed its user; nothing here can reach it.
    return false;
  }
}
