import type { Command } from 'commander';
import { collect } from '../arguments.js';
import { act, addCommand, type JsonOption } from '../command.js';
import { CliError, DONE, misuse, NO } from '../failure.js';
import { facts, json, note } from '../output.js';
import { readBounded } from '../read-input.js';

interface VerifyOptions extends JsonOption {
  readonly key: readonly string[];
  readonly signatureOnly?: boolean;
  readonly phase?: string;
  readonly subject?: string;
}

const MOST_KEY_BYTES = 64 * 1024;

/** Checks a verdict without any connection: the signature, and what it says. */
export const addVerify = (program: Command): void => {
  addCommand(program, {
    usage: 'verify <envelope>',
    summary: 'check a signed verdict offline; exits 0 when the signature holds and the result is PASSED',
    examples: [
      'arbiter verify verdict.dsse.json --key .arbiter/keys/verdicts.pub.pem',
      'arbiter verdicts get T-1 | arbiter verify - --key verdicts.pub.pem --phase final',
      'arbiter verify verdict.dsse.json --key verdicts.pub.pem --subject gitCommit:9fceb02d…',
    ],
  })
    .requiredOption(
      '--key <file>',
      'trusted public key in PEM; given several times, any of them may have signed',
      collect,
    )
    .option('--signature-only', 'exit 0 when the signature holds, whatever the verdict says')
    .option('--phase <phase>', 'expect a verdict of this phase: pre or final')
    .option('--subject <algorithm:hex>', 'expect a verdict about the artifact with this digest')
    .action(act(verify));
};

interface Checked {
  readonly ok: boolean;
  readonly why?: string;
}

const verify = async (file: string, options: VerifyOptions): Promise<number> => {
  const { EXTENSION, verifyEnvelope, passesDigest, MOST_ENVELOPE_BYTES } =
    await import('../../verdicts/index.js');
  const phase = phaseOf(options.phase);
  const subject = subjectOf(options.subject);
  const envelope = await readBounded(file, MOST_ENVELOPE_BYTES, 'envelope');
  const keys = await Promise.all(options.key.map((key) => readBounded(key, MOST_KEY_BYTES, 'key')));
  const verification = verifyEnvelope(
    envelope,
    keys.map((key) => key.toString('utf8')),
  );
  if (!verification.ok) {
    const { code, message } = verification;
    if (code === 'KEY_INVALID')
      throw new CliError({ code, message, repair: 'name the public key with --key' });
    if (options.json === true) json({ verified: false, passed: false, code, message });
    else note(`NOT VERIFIED: ${code}: ${message}`);
    return NO;
  }
  const { statement, keyId, passed } = verification;
  const { predicate } = statement;
  const found = phaseIn(predicate[EXTENSION]);
  const checks: readonly Checked[] = [
    { ok: passed || options.signatureOnly === true, why: `the result is ${predicate.verificationResult}` },
    { ok: phase === undefined || phase === found, why: `the phase is ${found ?? 'not said'}` },
    {
      ok: subject === undefined || passesDigest(verification, subject.algorithm, subject.hex),
      why: 'it does not pass the artifact with that digest',
    },
  ];
  const against = checks.filter(({ ok }) => !ok).map(({ why }) => why);
  const document = {
    verified: true,
    passed,
    result: predicate.verificationResult,
    phase: found,
    key_id: keyId,
    resource_uri: predicate['resourceUri'] ?? null,
    time_verified: predicate['timeVerified'] ?? null,
    subject: statement.subject,
    refused: against,
  };
  if (options.json === true) json(document);
  else {
    facts([
      ['signature', 'verified'],
      ['key', keyId],
      ['result', predicate.verificationResult],
      ['phase', found],
      ['about', typeof predicate['resourceUri'] === 'string' ? predicate['resourceUri'] : null],
      ...statement.subject.map(
        ({ name, digest }) => ['subject', `${name ?? ''} ${digestText(digest)}`.trim()] as const,
      ),
    ]);
    for (const why of against) note(`the answer is no: ${why ?? ''}`);
  }
  return against.length === 0 ? DONE : NO;
};

const digestText = (digest: Readonly<Record<string, string>>): string =>
  Object.entries(digest)
    .map(([algorithm, hex]) => `${algorithm}:${hex}`)
    .join(' ');

const phaseOf = (text: string | undefined): string | undefined => {
  const phase = text?.toUpperCase();
  if (phase === undefined || phase === 'PRE' || phase === 'FINAL') return phase;
  throw misuse('--phase pre or --phase final', text ?? '', 'choose one of the two');
};

const subjectOf = (text: string | undefined): { algorithm: string; hex: string } | undefined => {
  if (text === undefined) return undefined;
  const match = /^([A-Za-z][A-Za-z0-9_]*):([0-9a-f]+)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw misuse(
      '--subject algorithm:hex, e.g. gitCommit:9fceb02d…',
      text,
      'give the digest in lower-case hex',
    );
  return { algorithm: match[1], hex: match[2] };
};

/** The phase stands in our extension of the summary; undefined where another producer made it. */
const phaseIn = (extension: unknown): string | null =>
  typeof extension === 'object' &&
  extension !== null &&
  'phase' in extension &&
  typeof extension.phase === 'string'
    ? extension.phase
    : null;
