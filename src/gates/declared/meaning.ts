import { createPublicKey } from 'node:crypto';
import type { Diagnostic } from '../../caws/diagnostic.js';
import { errorAt, warningAt } from '../../caws/diagnostic.js';
import { whyUnsafe } from '../../caws/scope.js';
import type { DeclaredEvidence, DeclaredGate, GatesFile } from './file.js';
import { DEFAULT_THRESHOLDS, FILE_FORMATS, FORMATS, THRESHOLDS } from './kinds.js';

/** What the shape cannot say: formats that fit their kind, commands where they are needed, thresholds that exist. */
export function meaningOf(file: GatesFile): Diagnostic[] {
  const keys = Object.entries(file.trusted_keys ?? {}).flatMap(([name, pem]) => key(name, pem));
  const gates = Object.entries(file.gates).flatMap(([name, gate]) => gateMeaning(name, gate, file));
  return [...keys, ...gates, ...acceptance(file)];
}

function key(name: string, pem: string): Diagnostic[] {
  const at = { pointer: `/trusted_keys/${name}` };
  const wrong = (why: string): Diagnostic[] => [
    errorAt(
      'arbiter.gates.key',
      `trusted key \`${name}\` ${why}`,
      at,
      'Write an ECDSA P-256 public key in PEM (SPKI).',
    ),
  ];
  if (pem.includes('PRIVATE KEY')) return wrong('is a private key, which must not be in a repository');
  try {
    const read = createPublicKey(pem);
    return read.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? [] : wrong('is not ECDSA P-256');
  } catch {
    return wrong('is no public key in PEM');
  }
}

function gateMeaning(name: string, gate: DeclaredGate, file: GatesFile): Diagnostic[] {
  const at = `/gates/${name}`;
  const needsCommand = gate.evidence.some(({ format }) => FILE_FORMATS.has(format));
  const found: Diagnostic[] = [];
  if (needsCommand && gate.command === undefined) {
    found.push(
      errorAt(
        'arbiter.gates.command_missing',
        `gate \`${name}\` reads a report, and has no command that writes it`,
        { pointer: at },
        'Add `command`, a list of program and arguments. Reports that an agent commits never count.',
      ),
    );
  }
  if (!needsCommand && gate.command !== undefined) {
    const message = `gate \`${name}\` has a command whose report nothing reads`;
    found.push(
      errorAt(
        'arbiter.gates.command_unread',
        message,
        { pointer: at },
        'Remove `command`, or add its evidence.',
      ),
    );
  }
  const signed = gate.evidence.some(({ format }) => format === 'attestation');
  if (signed && Object.keys(file.trusted_keys ?? {}).length === 0) {
    const message = `gate \`${name}\` takes attestations, and no key is trusted`;
    found.push(
      errorAt(
        'arbiter.gates.keys_missing',
        message,
        { pointer: at },
        'Add the signer’s public key to `trusted_keys`.',
      ),
    );
  }
  for (const [list, entries] of [
    ['paths', gate.paths],
    ['from_base', gate.from_base],
  ] as const) {
    found.push(...unsafeGlobs(`${at}/${list}`, entries ?? []));
  }
  const seen = new Set<string>();
  gate.evidence.forEach((each, index) => {
    found.push(...evidenceMeaning(`${at}/evidence/${index}`, each));
    if (seen.has(each.kind)) {
      const message = `gate \`${name}\` measures ${each.kind} twice`;
      found.push(
        errorAt(
          'arbiter.gates.kind_twice',
          message,
          { pointer: `${at}/evidence/${index}` },
          'Make it a gate of its own.',
        ),
      );
    }
    seen.add(each.kind);
  });
  return found;
}

function evidenceMeaning(pointer: string, evidence: DeclaredEvidence): Diagnostic[] {
  const { kind, format, path } = evidence;
  const formats: readonly string[] = FORMATS[kind];
  if (!formats.includes(format)) {
    const message = `${kind} is not read from \`${format}\``;
    return [
      errorAt(
        'arbiter.gates.format',
        message,
        { pointer: `${pointer}/format` },
        `Write one of ${formats.join(', ')}.`,
      ),
    ];
  }
  const found: Diagnostic[] = unsafeGlobs(`${pointer}/sources`, evidence.sources ?? []);
  if (FILE_FORMATS.has(format) !== (path !== undefined)) {
    const [message, repair] =
      path === undefined
        ? [
            `a ${format} report needs the path it is written to`,
            'Add `path`, relative to the root of the repository.',
          ]
        : [`\`${format}\` is no file`, 'Remove `path`.'];
    found.push(errorAt('arbiter.gates.path', message, { pointer }, repair));
  }
  for (const [option, kinds] of [
    ['sources', ['coverage']],
    ['findings', ['static-analysis', 'security']],
    ['acceptance', ['tests']],
  ] as const) {
    if (evidence[option] === undefined || (kinds as readonly string[]).includes(kind)) continue;
    const message = `\`${option}\` means nothing for ${kind}`;
    found.push(
      errorAt('arbiter.gates.option', message, { pointer: `${pointer}/${option}` }, `Remove \`${option}\`.`),
    );
  }
  if (format === 'attestation' && kind !== 'tests' && evidence.thresholds !== undefined) {
    const message = `an attestation of ${kind} has no figures that thresholds could hold`;
    const at = { pointer: `${pointer}/thresholds` };
    found.push(errorAt('arbiter.gates.option', message, at, 'Remove `thresholds`.'));
  }
  for (const [name, value] of Object.entries(evidence.thresholds ?? {})) {
    found.push(...threshold(`${pointer}/thresholds/${name}`, kind, name, value));
  }
  return found;
}

function threshold(
  pointer: string,
  kind: DeclaredEvidence['kind'],
  name: string,
  value: number | Readonly<Partial<Record<string, number>>>,
): Diagnostic[] {
  const known = THRESHOLDS[kind];
  const sense = Object.hasOwn(known, name) ? known[name] : undefined;
  if (sense === undefined) {
    const names = Object.keys(known).join(', ');
    return [
      errorAt(
        'arbiter.gates.threshold',
        `${kind} has no threshold \`${name}\``,
        { pointer },
        `Write one of ${names}.`,
      ),
    ];
  }
  const values = typeof value === 'number' ? { '1': value, '2': value, '3': value } : value;
  const percentages = kind === 'coverage' || (kind === 'mutation' && name === 'score');
  if (percentages && Object.values(values).some((each) => each !== undefined && each > 100)) {
    return [
      errorAt(
        'arbiter.gates.threshold',
        `\`${name}\` is a percentage`,
        { pointer },
        'Write a number from 0 to 100.',
      ),
    ];
  }
  if (percentages && Object.values(values).some((each) => each !== undefined && each > 0 && each < 1)) {
    const message = `\`${name}\` is a percentage from 0 to 100, not a share from 0 to 1`;
    return [errorAt('arbiter.gates.threshold', message, { pointer }, 'Write 90 for ninety per cent.')];
  }
  const usual = DEFAULT_THRESHOLDS[kind][name];
  if (usual === undefined) return [];
  const loose = ([1, 2, 3] as const).filter((tier) => {
    const own = values[`${tier}`];
    return own !== undefined && (sense === 'min' ? own < usual[tier] : own > usual[tier]);
  });
  if (loose.length === 0) return [];
  const message = `\`${name}\` is looser than usual for tier ${loose.join(', ')}`;
  return [
    warningAt(
      'arbiter.gates.loose_threshold',
      message,
      { pointer },
      'Leave it out to have the usual threshold.',
    ),
  ];
}

function unsafeGlobs(pointer: string, entries: readonly string[]): Diagnostic[] {
  return entries.flatMap((entry, index) => {
    const why = whyUnsafe(entry);
    if (why === null) return [];
    return [
      errorAt(
        'arbiter.gates.glob',
        `glob is not accepted: ${why}`,
        { pointer: `${pointer}/${index}` },
        'Write several simpler globs.',
      ),
    ];
  });
}

function acceptance(file: GatesFile): Diagnostic[] {
  const named = Object.entries(file.gates).filter(([, gate]) =>
    gate.evidence.some((each) => each.acceptance === true),
  );
  if (named.length <= 1) return [];
  const message = `acceptance criteria are looked for in one report; ${named.map(([name]) => name).join(', ')} claim them`;
  return [
    errorAt(
      'arbiter.gates.acceptance_twice',
      message,
      { pointer: '/gates' },
      'Keep `acceptance: true` on one of them.',
    ),
  ];
}
