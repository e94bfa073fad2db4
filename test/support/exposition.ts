/**
 * A strict reader of the Prometheus text format 0.0.4 with the naming rules that `promtool check metrics` checks, for scrapes of
 * real processes. Throws at the first line that is not as it should be.
 */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/u;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/u;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/uy;
const UNITS_NOT_BASE = /(?:^|_)(?:milliseconds|ms|micros|minutes|hours|kb|mb|kilobytes)(?:_|$)/u;

const fail = (line: string, why: string): never => {
  throw new Error(`${why}: ${line}`);
};

const labelsOf = (text: string, line: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? fail(line, 'labels that can not be read');
    if (name in labels) fail(line, 'a label twice');
    labels[name] = value;
  }
  return labels;
};

const valueOf = (text: string, line: string): number => {
  const value = text === '+Inf' ? Infinity : Number(text);
  return Number.isNaN(value) && text.toLowerCase() !== 'nan'
    ? fail(line, 'a value that is no number')
    : value;
};

/** The families of a scrape by name. */
export const readExposition = (text: string): ReadonlyMap<string, Family> => {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: [string, string] | undefined;
  let current: Family | undefined;
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/u.exec(line) ?? [];
    if (line === '' || (kind === undefined && line.startsWith('#'))) continue;
    if (kind === 'HELP') help = [name, rest];
    else if (kind === 'TYPE') {
      if (!NAME.test(name) || families.has(name)) fail(line, 'no name, or a family twice');
      if (help?.[0] !== name) fail(line, 'no help before the type');
      if (UNITS_NOT_BASE.test(name)) fail(line, 'not in base units');
      if ((rest === 'counter') !== name.endsWith('_total'))
        fail(line, 'counters, and they alone, end in _total');
      current = { name, type: rest, help: help?.[1] ?? '', samples: [] };
      families.set(name, current);
    } else {
      const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? fail(line, 'no sample');
      const family = current ?? fail(line, 'a sample before its type');
      const suffix = sample.slice(family.name.length);
      const allowed =
        family.type === 'histogram'
          ? ['_bucket', '_sum', '_count']
          : family.type === 'summary'
            ? ['', '_sum', '_count']
            : [''];
      if (!sample.startsWith(family.name) || !allowed.includes(suffix)) fail(line, `not of ${family.name}`);
      const key = line.slice(0, line.lastIndexOf(' '));
      if (seen.has(key)) fail(line, 'a series twice');
      seen.add(key);
      family.samples.push({ name: sample, labels: labelsOf(labels, line), value: valueOf(value, line) });
    }
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family);
  return families;
};

/** Buckets rise, and the last one is the count. */
const checkHistogram = ({ name, samples }: Family): void => {
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _le, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, all] of series) {
    const buckets = all.filter((sample) => sample.name.endsWith('_bucket'));
    const rising = buckets.every(({ value, labels }, i) => {
      const before = buckets[i - 1];
      return (
        before === undefined ||
        (value >= before.value &&
          Number(labels['le']?.replace('+Inf', 'Infinity')) > Number(before.labels['le']))
      );
    });
    const count = all.find((sample) => sample.name.endsWith('_count'))?.value;
    const last = buckets.at(-1);
    if (!rising || last?.labels['le'] !== '+Inf' || last.value !== count)
      throw new Error(`${name}${key}: buckets`);
  }
};

export const sumOf = (samples: readonly Sample[]): number =>
  samples.reduce((sum, { value }) => sum + value, 0);
