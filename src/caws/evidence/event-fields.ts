import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import { isFilled, isRecord, isSpecId, shown } from '../formats.js';
import { compileShape, wordingOf } from '../shape.js';
import { specIdClassOf } from './event-types.js';
import { recordPayloads } from './record-payloads.js';
import { specPayloads } from './spec-payloads.js';
import { worktreePayloads } from './worktree-payloads.js';

/** An event names a spec exactly if its type asks for one (`evidence.event.spec_id_*`). */
export function specIdRules(type: string, specId: unknown): Diagnostic[] {
  const kind = specIdClassOf(type);
  const place = { pointer: '/spec_id' };
  if (kind === 'required' && !(typeof specId === 'string' && specId.trim() !== '')) {
    const message = `an event ${type} needs the id of its spec`;
    return [errorAt('evidence.event.spec_id_required', message, place, 'Add `spec_id`.')];
  }
  const found: Diagnostic[] = [];
  if (kind === 'forbidden' && specId !== undefined) {
    const message = `an event ${type} is about the repository and must not name a spec`;
    found.push(errorAt('evidence.event.spec_id_forbidden', message, place, 'Remove `spec_id`.'));
  }
  if (isFilled(specId) && !isSpecId(specId)) {
    const message = `spec_id is no id of a spec; found ${shown(specId)}`;
    found.push(errorAt('evidence.event.spec_id_invalid', message, place, 'Write an id such as FEAT-12.'));
  }
  return found;
}

const KINDS: readonly unknown[] = ['human', 'agent', 'system', 'automation'];

/** Who did it (`evidence.actor.*`): the shape alone; whether the session lives is not the log's business. */
export function actorRules(actor: unknown): Diagnostic[] {
  const at = (field: string, rule: string, message: string, repair: string): Diagnostic =>
    errorAt(`evidence.actor.${rule}`, message, { pointer: `/actor${field}` }, repair);
  if (!isRecord(actor)) {
    return [at('', 'missing', `the actor must be a mapping; found ${shown(actor)}`, 'Write `{ kind, id }`.')];
  }
  const found: Diagnostic[] = [];
  if (!KINDS.includes(actor.kind)) {
    const message = `actor.kind must be human, agent, system or automation; found ${shown(actor.kind)}`;
    found.push(at('/kind', 'kind_invalid', message, 'Write one of the four.'));
  }
  if (!isFilled(actor.id))
    found.push(at('/id', 'id_empty', 'actor.id must not be empty', 'Name the actor in `id`.'));
  for (const field of ['session_id', 'platform'] as const) {
    if (actor[field] === undefined || isFilled(actor[field])) continue;
    const message = `actor.${field} must be a text that is not empty`;
    found.push(at(`/${field}`, `${field}_empty`, message, `Fill \`${field}\`, or remove it.`));
  }
  return found;
}

const PAYLOADS = { ...specPayloads, ...worktreePayloads, ...recordPayloads };
const compiled = new Map<string, ValidateFunction>();

/** `data` has the shape of its type (`evidence.event.payload_invalid`, once for each violation). */
export function payloadRules(type: string, data: unknown): Diagnostic[] {
  const check = validatorOf(type);
  const wrong = (pointer: string, message: string, repair: string): Diagnostic =>
    errorAt('evidence.event.payload_invalid', message, { pointer }, repair);
  if (check === null) {
    return isRecord(data)
      ? []
      : [
          wrong(
            '/data',
            `data must be a mapping; found ${shown(data)}`,
            'Write `{}` where there is nothing to say.',
          ),
        ];
  }
  if (check(data)) return [];
  return (check.errors ?? []).map((error) => {
    const { message, repair } = wordingOf(error);
    return wrong(`/data${error.instancePath}`, `data of ${type}: ${message}`, repair);
  });
}

function validatorOf(type: string): ValidateFunction | null {
  const schema = Object.hasOwn(PAYLOADS, type) ? PAYLOADS[type] : undefined;
  if (schema === undefined) return null;
  const known = compiled.get(type);
  if (known !== undefined) return known;
  const made = compileShape(schema);
  compiled.set(type, made);
  return made;
}
