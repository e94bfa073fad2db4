import { SingleBar } from 'cli-progress';

/** Told while a rebuild runs; counts are offsets of the log and events among them. */
export interface RebuildProgress {
  begin(projection: string, done: number, total: number): void;
  advanced(offsets: number, events: number): void;
  phase(name: 'indexes' | 'compare'): void;
  end(): void;
}

export const silentProgress: RebuildProgress = {
  begin: () => undefined,
  advanced: () => undefined,
  phase: () => undefined,
  end: () => undefined,
};

const LINE_EVERY_MS = 5_000;

/** `17s`, `4m`; a dash while nothing is known. */
const eta = (left: number, perSecond: number): string => {
  if (perSecond <= 0) return '-';
  const seconds = Math.max(0, left) / perSecond;
  return seconds < 120 ? `${Math.ceil(seconds)}s` : `${Math.ceil(seconds / 60)}m`;
};

/** On stderr: a bar on a terminal, else a line now and then. Rate and ETA count from the beginning of this run. */
export const stderrProgress = (
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): RebuildProgress => {
  const bar = stream.isTTY
    ? new SingleBar({
        stream,
        clearOnComplete: false,
        hideCursor: true,
        format: '{projection} [{bar}] {percentage}% {value}/{total} {rate}/s ETA {left} {phase}',
      })
    : undefined;
  let projection = '';
  let start = 0;
  let begun = 0;
  let done = 0;
  let total = 0;
  let lineAt = 0;

  const rate = (): number => Math.round(((done - start) * 1000) / Math.max(1, now() - begun));
  const shown = (phase: string): object => ({
    projection,
    rate: rate(),
    left: eta(total - done, rate()),
    phase,
  });
  const line = (phase: string): void => {
    const percent = total === 0 ? 100 : Math.floor((Math.min(done, total) * 100) / total);
    stream.write(
      `${projection}: ${percent}% ${done}/${total} offsets, ${rate()}/s, ETA ${eta(total - done, rate())}${phase === '' ? '' : `, ${phase}`}\n`,
    );
  };

  return {
    begin: (name, from, to) => {
      projection = name;
      start = done = from;
      total = to;
      begun = lineAt = now();
      bar?.start(Math.max(1, to), from, shown(''));
    },
    advanced: (offsets) => {
      done += offsets;
      if (done > total) bar?.setTotal((total = done));
      if (bar) bar.update(done, shown(''));
      else if (now() - lineAt >= LINE_EVERY_MS) {
        lineAt = now();
        line('');
      }
    },
    phase: (name) => {
      if (bar) bar.update(done, shown(name));
      else line(name);
    },
    end: () => bar?.stop(),
  };
};
