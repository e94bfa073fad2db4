/** Agent cards of A2A 1.0: read, checked, made into registrations and out of them. No card names a key that is fetched. */
export { CardError } from './card-error.js';
export { cardOf, type Exported } from './export.js';
export { readKeys, readSigningKey, type CardKeys, type SigningKey } from './keys.js';
export { agentIdFrom, registrationFrom, type CardRegistration, type KnownWords } from './registration.js';
export { MAX_CARD_BYTES, readCard, type AgentCard } from './schema.js';
export { checkCard, signCard, type CardChecked } from './signature.js';
export { TERMS_EXTENSION } from './terms-extension.js';
