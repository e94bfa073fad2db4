import type { VerdictInput } from '../../src/verdicts/index.js';

const hex = (digit: string): string => digit.repeat(64);

/** A plausible final verdict; tests change what they are about. */
export function verdictInput(changes: Partial<VerdictInput> = {}): VerdictInput {
  return {
    verdictId: '0199-verdict-7',
    taskId: 'task-1',
    tenant: 'acme',
    phase: 'FINAL',
    outcome: 'PASSED',
    timeVerified: 1_795_329_000_123_456,
    subject: [
      { name: 'result', digest: { sha256: hex('a') } },
      { name: 'git+https://git.example/acme/app', digest: { gitCommit: 'b'.repeat(40) } },
    ],
    resourceUri: 'arbiter://acme/tasks/task-1/result',
    policy: { uri: 'arbiter://acme/constitutions/base/12', sha256: hex('c') },
    inputAttestations: [{ uri: 'arbiter://acme/verdicts/0199-verdict-3', sha256: hex('d') }],
    riskTier: 2,
    agent: { id: 'claude', attempt: 1, token: 41 },
    ending: 'completed',
    reason: 'every clause passed',
    clauses: [
      {
        id: 'scope.inside',
        title: 'Changes stay inside the scope',
        result: 'PASS',
        severity: 'MUST',
        message: '',
        observed: { files: 3, outside: 0 },
      },
    ],
    inputs: { specSha256: hex('e') },
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    stream: { id: 'task-1', version: 9, prevEventHash: hex('0') },
    verifierVersion: '0.1.0',
    ...changes,
  };
}
