/**
 * Draws docs/images/routing-*.svg from bench/results/routing.json:
 *   tsx bench/routing/plots.ts
 */
import * as echarts from 'echarts';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

interface Mean {
  readonly mean: number;
  readonly se: number | null;
}
interface Curve {
  readonly policy: string;
  readonly points: readonly { readonly step: number; readonly regret: number }[];
}
type Gates = Readonly<
  Record<
    '1a' | '1b' | '2-delay-20' | '2-delay-100' | '3-arrivals' | '4-solved' | '4-picks' | '4-regret',
    Mean
  >
>;
interface Results {
  readonly default: string;
  readonly gates: Gates;
  readonly curves: { readonly fleet: readonly Curve[]; readonly arrivals: readonly Curve[] };
  readonly floors: readonly (Gates & { readonly floor: number })[];
  readonly widths?: readonly (Gates & { readonly c: number })[];
}

const results = JSON.parse(
  readFileSync(new URL('../results/routing.json', import.meta.url), 'utf8'),
) as Results & Readonly<Record<string, Gates | undefined>>;

const draw = (name: string, option: echarts.EChartsCoreOption, height = 360): void => {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 720, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: ['#0b6e4f', '#9aa0a6', '#d1495b', '#edae49', '#30638e', '#6a4c93'],
    textStyle: { fontFamily: 'sans-serif' },
    grid: { left: 60, right: 30, top: 90, bottom: 50 },
    ...option,
  });
  const folder = new URL('../../docs/images/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  // Names of classes and clips carry counters of the process; the picture does not depend on them.
  writeFileSync(new URL(`routing-${name}.svg`, folder), `${chart.renderToSVGString()}\n`);
  chart.dispose();
};

/** Over the axis, not out of the picture. */
const LEFT = { align: 'left' } as const;

const lines = (title: string, curves: readonly Curve[]): echarts.EChartsCoreOption => ({
  title: { text: title, left: 'center', textStyle: { fontSize: 14 } },
  legend: { top: 34 },
  xAxis: { type: 'value', name: 'tasks', nameLocation: 'middle', nameGap: 28 },
  yAxis: { type: 'value', name: 'regret (tasks lost)', nameTextStyle: LEFT },
  series: curves.map(({ policy, points }) => ({
    type: 'line',
    name: policy,
    showSymbol: false,
    lineStyle: { width: policy === results.default ? 3 : 1.5 },
    data: [[0, 0], ...points.map(({ step, regret }) => [step, regret])],
  })),
});

draw('regret', lines('Regret on eight scaffolds, 2,000 tasks', results.curves.fleet));
draw('arrivals', lines('Regret while agents arrive, 4,000 tasks', results.curves.arrivals));

const rivals = Object.entries(results).flatMap(([name, gates]) =>
  name.startsWith('rival ') && gates !== undefined ? [{ name: name.slice(6), gates }] : [],
);
const all = [{ name: results.default, gates: results.gates }, ...rivals].filter(
  ({ name }) => name !== 'uniform',
);
draw(
  'trade-off',
  {
    title: {
      text: 'Steady fleet against change: lower left is better',
      left: 'center',
      textStyle: { fontSize: 14 },
    },
    xAxis: {
      type: 'value',
      name: 'regret, 2,000 tasks (gate 1b)',
      nameLocation: 'middle',
      nameGap: 28,
      scale: true,
    },
    yAxis: { type: 'value', name: 'regret with arrivals (gate 3)', nameTextStyle: LEFT, scale: true },
    series: [
      {
        type: 'scatter',
        symbolSize: 12,
        data: all.map(({ name, gates }) => ({
          name,
          value: [gates['1b'].mean, gates['3-arrivals'].mean],
          itemStyle: { color: name === results.default ? '#0b6e4f' : '#30638e' },
        })),
        label: { show: true, position: 'right', formatter: '{b}', fontSize: 11 },
        labelLayout: { hideOverlap: false, moveOverlap: 'shiftY' },
      },
    ],
  },
  420,
);
const { widths = [] } = results;
if (widths.length > 0)
  draw('widths', {
    title: { text: 'The width c of the default policy', left: 'center', textStyle: { fontSize: 14 } },
    legend: { top: 34 },
    xAxis: { type: 'category', name: 'c', data: widths.map(({ c }) => `${c}`) },
    yAxis: { type: 'value', name: 'regret' },
    series: (
      [
        ['1a', '500 tasks'],
        ['1b', '2,000 tasks'],
        ['2-delay-100', '500 tasks, 100 late'],
        ['3-arrivals', 'arrivals'],
        ['4-regret', 'bad release'],
      ] as const
    ).map(([gate, name]) => ({ type: 'line', name, data: widths.map((one) => one[gate].mean) })),
  });
