import { checkSpec, type Spec } from '../../src/caws/index.js';
import {
  orderGates,
  parseGates,
  type ChangeFacts,
  type CommandEnd,
  type GateOrder,
} from '../../src/gates/index.js';
import { SPEC } from '../support/spec.js';

export const COMMIT = 'c'.repeat(40);

export const specOf = (over: Partial<Spec> = {}): Spec => ({ ...(checkSpec(SPEC).spec as Spec), ...over });

export const ordersOf = (
  text: string,
  spec: Partial<Spec> = {},
  paths: readonly string[] = ['src/a.ts'],
): readonly GateOrder[] => {
  const check = parseGates(text);
  if (check.gates === undefined) throw new Error(JSON.stringify(check.diagnostics));
  return orderGates(
    specOf(spec),
    check.gates,
    paths.map((path) => ({ path, oldPath: null })),
  );
};

export const facts = (over: Partial<ChangeFacts> = {}): ChangeFacts => ({
  commit: COMMIT,
  root: '/checkout',
  added: [],
  unread: [],
  touched: new Set(),
  manifests: [],
  present: new Set(),
  ...over,
});

export const exited = (exitCode = 0): CommandEnd => ({
  end: 'exited',
  exitCode,
  message: `the command ended with ${exitCode}`,
  repair: '',
  held: {},
});
