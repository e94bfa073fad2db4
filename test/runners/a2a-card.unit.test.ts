import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { AGENT_ID, BASE_WORDS } from '../../src/aggregates/agent/index.js';
import {
  agentIdFrom,
  cardOf,
  checkCard,
  MAX_CARD_BYTES,
  readCard,
  readKeys,
  readSigningKey,
  registrationFrom,
  signCard,
  type AgentCard,
  type Exported,
} from '../../src/runners/a2a-card/index.js';

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/a2a/${name}`, import.meta.url));
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const parsed = (name: string): AgentCard => JSON.parse(fixture(name).toString('utf8')) as AgentCard;
const known = { languages: BASE_WORDS.LANGUAGE, specialisations: BASE_WORDS.SPECIALISATION };
const jwks = readKeys(fixture('jwks.json').toString('utf8'), 'jwks.json');

const failure = async (work: () => unknown): Promise<{ code?: string; place?: string; found?: string }> => {
  try {
    await work();
  } catch (error) {
    return error as { code: string };
  }
  return {};
};

/** A detached JWS made with node:crypto alone, over a payload written down by hand. */
const jws = (payload: string, key: KeyObject, head: object): { protected: string; signature: string } => {
  const base64url = (text: string): string => Buffer.from(text).toString('base64url');
  const protectedHead = base64url(JSON.stringify(head));
  const input = Buffer.from(`${protectedHead}.${base64url(payload)}`);
  const signature = sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return { protected: protectedHead, signature };
};

describe('agent cards of A2A 1.0', () => {
  for (const [name, keyId, algorithm] of [
    ['signed-es256.json', 'es-2026', 'ES256'],
    ['signed-es256-rich.json', 'es-2026', 'ES256'],
    ['signed-eddsa.json', 'ed-2026', 'EdDSA'],
  ] as const) {
    it(`a card signed by the A2A project's own SDK is verified: ${name}`, async () => {
      expect(await checkCard(readCard(fixture(name)), jwks)).to.deep.equal({ keyId, algorithm });
    });

    it(`and none that was changed afterwards: ${name}`, async () => {
      const card = parsed(name);
      const changes: readonly ((card: AgentCard) => AgentCard)[] = [
        (c) => ({ ...c, name: `${c.name}!` }),
        (c) => ({
          ...c,
          supportedInterfaces: c.supportedInterfaces.map((i) => ({ ...i, url: 'https://evil.example' })),
        }),
        (c) => ({ ...c, extra: 'field' }),
        (c) => ({ ...c, skills: [...c.skills].concat(c.skills) }),
        (c) => ({ ...c, capabilities: { ...c.capabilities, streaming: c.capabilities.streaming !== true } }),
      ];
      for (const change of changes) {
        const error = await failure(() => checkCard(readCard(json(change(card))), jwks));
        expect(error).to.include({ code: 'BAD_SIGNATURE', place: '/signatures' });
      }
    });
  }

  it('section 8.4.1: required fields stay in the signed form though they are empty, other defaults go', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const card = {
      name: 'Example Agent',
      description: '',
      version: '1',
      supportedInterfaces: [
        { url: 'https://x.example', protocolBinding: 'GRPC', protocolVersion: '1.0', tenant: '' },
      ],
      capabilities: { streaming: false, pushNotifications: true, extensions: [] },
      defaultInputModes: [],
      defaultOutputModes: [],
      securityRequirements: [],
      skills: [],
    };
    const form =
      '{"capabilities":{"pushNotifications":true,"streaming":false},"defaultInputModes":[],"defaultOutputModes":[],' +
      '"description":"","name":"Example Agent","skills":[],"supportedInterfaces":[{"protocolBinding":"GRPC",' +
      '"protocolVersion":"1.0","url":"https://x.example"}],"version":"1"}';
    const signed = { ...card, signatures: [jws(form, privateKey, { alg: 'ES256', kid: 'k', typ: 'JOSE' })] };
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(await checkCard(readCard(json(signed)), readKeys(pem, 'key.pem'))).to.include({ keyId: 'k' });
  });

  it('one signature that holds is enough; by keys given alone', async () => {
    const card = parsed('signed-es256.json');
    const [good] = card.signatures ?? [];
    const other = { protected: 'bm90IGpzb24', signature: 'AAAA' };
    const both = { ...card, signatures: [other, ...(good ? [good] : [])] };
    expect(await checkCard(readCard(json(both)), jwks)).to.include({ keyId: 'es-2026' });
    const { publicKey } = generateKeyPairSync('ed25519');
    const stranger = { ...publicKey.export({ format: 'jwk' }), kid: 'stranger' };
    const error = await failure(() => checkCard(card, readKeys(JSON.stringify({ keys: [stranger] }), 'k')));
    expect(error.found).to.contain('"es-2026", which is not among those given');
  });

  it('neither `none`, nor a shared secret, nor an unknown `crit` passes for a signature', async () => {
    const card = parsed('signed-es256.json');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const keys = readKeys(pem, 'key.pem');
    for (const head of [{ alg: 'none' }, { alg: 'HS256' }, {}, { alg: 'ES256', crit: ['x'], x: 1 }]) {
      const signed = { ...card, signatures: [jws('{}', privateKey, head)] };
      expect((await failure(() => checkCard(signed, keys))).code).to.equal('BAD_SIGNATURE');
    }
    expect((await failure(() => checkCard({ ...card, signatures: [] }, keys))).code).to.equal(
      'CARD_UNSIGNED',
    );
  });

  it('keys: a private one, a secret, or something else is refused', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const bad = [
      'not a key',
      '{}',
      '{"keys":[]}',
      JSON.stringify(privateKey.export({ format: 'jwk' })),
      '{"kty":"oct","k":"AAAA"}',
    ];
    for (const text of bad) expect(() => readKeys(text, 'file')).to.throw('BAD_KEY');
  });

  it('what is read from a stranger is bounded and said precisely', async () => {
    const card = parsed('plain.json');
    const { skills: _skills, ...skilless } = card;
    const deep = JSON.parse(`${'{"a":'.repeat(80)}1${'}'.repeat(80)}`) as object;
    const cases: readonly [Buffer, string, string][] = [
      [Buffer.alloc(MAX_CARD_BYTES + 1, 32), 'CARD_TOO_LARGE', '/'],
      [Buffer.from('{'), 'CARD_NOT_JSON', '/'],
      [Buffer.from([0x22, 0xff, 0x22]), 'CARD_NOT_JSON', '/'],
      [json([]), 'BAD_CARD', '/'],
      [json(skilless), 'BAD_CARD', '/skills'],
      [json({ ...card, supportedInterfaces: [] }), 'BAD_CARD', '/supportedInterfaces'],
      [
        json({ ...card, skills: [{ id: 'x', name: 'y', description: '', tags: 'z' }] }),
        'BAD_CARD',
        '/skills/0/tags',
      ],
      [json({ ...card, name: 7 }), 'BAD_CARD', '/name'],
      [json({ ...card, extra: deep }), 'BAD_CARD', '/'],
      [json({ name: 'old', url: 'https://x', protocolVersion: '0.3.0' }), 'BAD_CARD', '/supportedInterfaces'],
    ];
    for (const [bytes, code, place] of cases)
      expect(await failure(() => readCard(bytes))).to.include({ code, place });
  });

  it('a card without our terms: languages and specialisations are told by their tags', () => {
    const bytes = fixture('plain.json');
    expect(registrationFrom(readCard(bytes), bytes, null, known)).to.deep.equal({
      displayName: 'Review Helper',
      modelFamily: '',
      version: '1.2.0',
      capabilities: ['reviews'],
      taskTypes: [],
      languages: ['typescript', 'python'],
      specialisations: ['code-review', 'security'],
      maxConcurrency: 1,
      costPerTaskMicros: null,
      reach: {
        kind: 'A2A',
        url: 'https://agents.example.com/review/v1',
        argv: [],
        binding: 'JSONRPC',
        protocolVersion: '1.0',
      },
      price: null,
      quotas: [],
      tags: {},
      card: { sha256: createHash('sha256').update(bytes).digest(), keyId: null, algorithm: null },
    });
  });

  it('a card with our terms says price, quotas and concurrency', () => {
    const bytes = fixture('signed-es256-rich.json');
    const checked = { keyId: 'es-2026', algorithm: 'ES256' };
    const made = registrationFrom(readCard(bytes), bytes, checked, known);
    expect(made).to.deep.include({
      modelFamily: 'any-large',
      taskTypes: ['migration', 'refactoring'],
      languages: ['cobol', 'java'],
      capabilities: [],
      maxConcurrency: 4,
      price: {
        currency: 'EUR',
        perTaskMicros: 50_000,
        inputPerMillionMicros: 3_000_000,
        outputPerMillionMicros: 15_500_000,
      },
      quotas: [
        { unit: 'TASKS', amount: 100, windowMs: 18_000_000, resetAt: Date.UTC(2026, 8, 1) * 1000 },
        { unit: 'COST_MICROS', amount: 12_500_000, windowMs: 86_400_000, resetAt: null },
      ],
    });
    expect(made.card).to.include({ keyId: 'es-2026', algorithm: 'ES256' });
  });

  it('terms that do not hold, and required extensions that are not known, are refused where they stand', async () => {
    const card = parsed('rich.json');
    const withExtensions = (extensions: unknown[]): Buffer => json({ ...card, capabilities: { extensions } });
    const refusal = (bytes: Buffer): Promise<{ place?: string }> =>
      failure(() => registrationFrom(readCard(bytes), bytes, null, known));
    const params = { uri: 'urn:arbiter:agent-terms:1', params: { concurrency: 0 } };
    expect(await refusal(withExtensions([params]))).to.include({
      code: 'BAD_CARD',
      place: '/capabilities/extensions/0/params/concurrency',
    });
    expect(await refusal(withExtensions([{ uri: 'https://x', required: true }]))).to.include({
      place: '/capabilities/extensions/0/required',
    });
  });

  const agent: Exported = {
    agentId: 'rusty',
    displayName: 'Rusty',
    modelFamily: 'any',
    agentVersion: '3',
    capabilities: ['work'],
    taskTypes: ['refactoring'],
    languages: ['rust', 'c'],
    specialisations: ['performance'],
    maxConcurrency: 3,
    reach: { kind: 'A2A', url: 'https://x.example/a2a', argv: [], binding: 'GRPC', protocolVersion: '1.0' },
    price: {
      currency: 'USD',
      perTaskMicros: null,
      inputPerMillionMicros: 3_000_000,
      outputPerMillionMicros: 15_000_000,
    },
    quotas: [
      { unit: 'TOKENS', amount: 1_000_000, windowMs: 18_000_000, resetAt: 1_788_220_800_000_000 },
      { unit: 'COST_MICROS', amount: 7_500_000, windowMs: 86_400_000, resetAt: null },
    ],
    tags: { team: 'x' },
  };

  it('what goes out comes in again, signed by our key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const signed = await signCard(cardOf(agent), await readSigningKey(pem, 'key.pem', 'ours'));
    const bytes = json(signed);
    const keys = readKeys(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'key.pem');
    const checked = await checkCard(readCard(bytes), keys);
    expect(checked).to.deep.equal({ keyId: 'ours', algorithm: 'ES256' });
    const made = registrationFrom(readCard(bytes), bytes, checked, known);
    const { agentId: _id, displayName, agentVersion, ...rest } = agent;
    expect(made).to.deep.include({ displayName, version: agentVersion, ...rest });
    // Terms that name no capability mean none; the names of skills are for cards without terms.
    const plain = json(cardOf({ ...agent, capabilities: [] }));
    expect(registrationFrom(readCard(plain), plain, null, known).capabilities).to.deep.equal([]);
  });

  it('an agent without a URL has no card, unless one is named', async () => {
    const local = {
      ...agent,
      reach: null,
      taskTypes: [],
      languages: [],
      specialisations: [],
      capabilities: [],
    };
    expect(await failure(() => cardOf(local))).to.include({ code: 'NO_INTERFACE' });
    const card = cardOf(local, 'https://named.example');
    expect(card.supportedInterfaces[0]?.url).to.equal('https://named.example');
    expect(() => readCard(json(card))).not.to.throw();
  });

  it('a name becomes an id', () => {
    expect(agentIdFrom('Übersetzer für Altlasten €')).to.equal('u-bersetzer-fu-r-altlasten');
    expect(agentIdFrom('../../etc/passwd')).to.equal('etc-passwd');
    expect(agentIdFrom('__init__')).to.equal('init__');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), (name) => {
        const id = agentIdFrom(name);
        expect(id === '' || AGENT_ID.test(id), id).to.equal(true);
      }),
    );
  });
});
