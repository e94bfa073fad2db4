import type { SignedOrder } from '../../events/generated/events.js';
import { emit, lookUp, principalOf, refuse, type Desk, type Given, type Refusal } from './desk.js';
import type { Orders } from './order-forms.js';
import { settingsProblem } from './settings.js';
import { publicKeyOf } from './signed-order.js';
import { principalStream, SETTINGS_STREAM } from './state.js';

/**
 * Registers a principal: by an admin, or, as long as there is none, by whoever holds the key of the deployment. So the
 * operator makes the first admin, and cannot approve in anybody's name later.
 */
export const registerPrincipal = (
  desk: Desk,
  form: Orders['RegisterPrincipal'],
  by: {
    readonly signedBy: string | null;
    readonly order: SignedOrder;
    readonly deployments: ReadonlySet<string>;
  },
): Refusal => {
  const { principalId, roles, publicKeyPem: pem } = form;
  const objection = mayRegister(desk, by.signedBy, roles);
  if (objection !== undefined) return objection;
  if (lookUp(desk, principalStream(principalId)) !== undefined)
    return refuse('PRINCIPAL_EXISTS', 'the id is taken, and stays taken when its principal is retired');
  const key = publicKeyOf(pem);
  if (key === undefined)
    return refuse('INVALID', 'publicKeyPem: expected an ECDSA P-256 public key in PEM, found something else');
  if (desk.index.ownerOf(key.keyId) !== undefined || by.deployments.has(key.keyId))
    return refuse('KEY_TAKEN', 'the key is registered already: two names with one key are one person');
  if (desk.index.principals >= desk.limits.principals)
    return refuse('TOO_MANY', `at most ${desk.limits.principals} principals`);
  const { displayName, team } = form;
  emit(desk, principalStream(principalId), 'PrincipalRegistered', {
    principalId,
    displayName,
    team,
    roles: [...new Set(roles)].sort(),
    actors: [...new Set(form.actors)].sort(),
    ...key,
    registeredBy: by.signedBy ?? '',
    order: by.order,
  });
  return undefined;
};

const mayRegister = (desk: Desk, signedBy: string | null, roles: readonly string[]): Refusal => {
  if (signedBy !== null) {
    return principalOf(desk, signedBy)?.roles.includes('ADMIN') === true
      ? undefined
      : refuse('NOT_ALLOWED', 'principals are registered by an admin');
  }
  if (desk.index.admins > 0)
    return refuse('NOT_ALLOWED', 'there is an admin: the key of the deployment registers nobody any more');
  if (!roles.includes('ADMIN')) return refuse('NOT_ALLOWED', 'the first principal has to be an admin');
  return undefined;
};

/** Retires a principal for good. Approvals given with its key count no more. */
export const retirePrincipal = (desk: Desk, given: Given<Orders['RetirePrincipal']>): Refusal => {
  const { principalId, reason } = given.form;
  if (!given.signer.roles.includes('ADMIN') && given.signer.principalId !== principalId)
    return refuse('NOT_ALLOWED', 'a principal is retired by an admin, or by itself');
  const found = principalOf(desk, principalId);
  if (found === undefined) return refuse('NOT_FOUND', 'no such principal');
  if (found.retired) return refuse('UNCHANGED', 'the principal is retired');
  const retiredBy = given.signer.principalId;
  const { order } = given;
  emit(desk, principalStream(principalId), 'PrincipalRetired', { principalId, reason, retiredBy, order });
  return undefined;
};

/** Changes the desk's numbers, within what is built in. The version guards against an old order that comes again. */
export const changeSettings = (desk: Desk, given: Given<Orders['ChangeSettings']>): Refusal => {
  const { settings, ifVersion, reason } = given.form;
  if (!given.signer.roles.includes('ADMIN')) return refuse('NOT_ALLOWED', 'settings are changed by an admin');
  const found = lookUp(desk, SETTINGS_STREAM);
  const version = found?.kind === 'settings' ? found.version : 0;
  if (ifVersion !== version)
    return refuse('VERSION_MISMATCH', `expected version ${ifVersion}, found ${version}`);
  const problem = settingsProblem(settings);
  if (problem !== undefined) return refuse('INVALID', problem);
  emit(desk, SETTINGS_STREAM, 'SettingsChanged', {
    version: version + 1,
    settings,
    reason,
    changedBy: given.signer.principalId,
    order: given.order,
  });
  return undefined;
};
