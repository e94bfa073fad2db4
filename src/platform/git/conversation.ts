import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { GitError } from './errors.js';
import type { RunOptions } from './run.js';
import { diedOf, killGroup, missingGit, timedOut } from './run.js';

/** Collects one answer. `push` returns true when the answer is complete, and throws when it breaks a limit. */
export interface Answer<T> {
  push(chunk: Buffer): boolean;
  value(): T;
}

interface Turn {
  readonly push: (chunk: Buffer) => void;
  readonly fail: (error: Error) => void;
}

/** One long-lived git process that answers line by line: started when first asked, restarted after it died, one question at a time. */
export class Conversation {
  private child: ChildProcessWithoutNullStreams | null = null;
  private turn: Turn | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private stderr = '';
  private closed = false;

  constructor(
    private readonly args: readonly string[],
    private readonly options: RunOptions,
  ) {}

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Asks and waits for the whole answer. An answer that does not come in time, or breaks a limit, costs the process. */
  ask<T>(question: string, makeAnswer: () => Answer<T>, place: string): Promise<T> {
    const asked = this.queue.then(() => this.askTwice(question, makeAnswer, place));
    this.queue = asked.catch(() => undefined);
    return asked;
  }

  /** Ends the process; later questions fail. */
  async close(): Promise<void> {
    this.closed = true;
    await this.queue;
    const child = this.child;
    if (child === null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.end();
    const timer = setTimeout(() => this.stop(), 1_000);
    await ended;
    clearTimeout(timer);
  }

  /** A process that was killed while idle shows only when it is written to: such a question is asked once more. */
  private async askTwice<T>(question: string, makeAnswer: () => Answer<T>, place: string): Promise<T> {
    const used = this.child !== null;
    const heard = { bytes: 0 };
    const listening = (): Answer<T> => {
      const answer = makeAnswer();
      const push = (chunk: Buffer): boolean => {
        heard.bytes += chunk.length;
        return answer.push(chunk);
      };
      return { push, value: () => answer.value() };
    };
    try {
      return await this.once(question, listening(), place);
    } catch (error) {
      const died = error instanceof GitError && error.code === 'GIT_FAILED';
      if (!died || !used || heard.bytes > 0 || this.closed) throw error;
      return this.once(question, listening(), place);
    }
  }

  private once<T>(question: string, answer: Answer<T>, place: string): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(diedOf(place, 'its being closed', ''));
      const child = (this.child ??= this.start());
      const timer = setTimeout(() => give(timedOut(place, this.options.timeoutMs)), this.options.timeoutMs);
      const give = (error: Error | null): void => {
        clearTimeout(timer);
        this.turn = null;
        if (error === null) return resolve(answer.value());
        this.stop();
        reject(error);
      };
      this.turn = {
        push: (chunk) => {
          try {
            if (answer.push(chunk)) give(null);
          } catch (error) {
            give(error instanceof Error ? error : new Error(String(error)));
          }
        },
        fail: give,
      };
      child.stdin.write(question);
    });
  }

  private start(): ChildProcessWithoutNullStreams {
    const { cwd, env, place } = this.options;
    const child = spawn('git', [...this.args], { cwd, env, stdio: 'pipe', detached: true });
    this.stderr = '';
    const over = (error: Error): void => {
      if (this.child !== child) return;
      this.child = null;
      this.turn?.fail(error);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.child !== child) return;
      if (this.turn === null)
        this.stop(); // an answer nobody asked for: this process has lost its place
      else this.turn.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.child === child) this.stderr = (this.stderr + text).slice(-8_192);
    });
    child.stdin.on('error', () => undefined); // the end of the process tells more
    child.on('error', (error) => over(missingGit(place, error)));
    child.on('close', (status, signal) =>
      over(diedOf(place, signal ?? `status ${String(status)}`, this.stderr)),
    );
    return child;
  }

  private stop(): void {
    const child = this.child;
    this.child = null;
    if (child?.pid !== undefined) killGroup(child.pid);
  }
}
