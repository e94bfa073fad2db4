#!/usr/bin/env node
/**
 * An agent that does its work: it reads the prompt, writes the files of the task, runs the project's tests, and ends with 0 only
 * if they pass. Any program that does as much is an agent; this one knows its tasks by heart (known-tasks.mjs).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { KNOWN_TASKS } from './known-tasks.mjs';

const prompt = readFileSync(process.env.ARBITER_PROMPT_FILE ?? 0, 'utf8');
const id = /^id: (\S+)$/m.exec(prompt)?.[1] ?? '';
const files = KNOWN_TASKS[id];
if (files === undefined) {
  console.error(`no idea how to do ${id || 'a task without a spec'}`);
  process.exit(3);
}
for (const [file, content] of Object.entries(files)) {
  mkdirSync(dirname(file), { recursive: true });
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, typeof content === 'function' ? content(before) : content);
  console.log(`wrote ${file}`);
}
const tests = spawnSync(process.execPath, ['--test'], { stdio: 'inherit' });
process.exit(tests.status ?? 1);
