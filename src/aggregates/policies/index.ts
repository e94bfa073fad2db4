/**
 * Waivers and overrides, one system: who may decide (principals with keys), what was asked for, approved, granted, used and
 * taken back. Pure rules, decider and fold, for the policy desk's owned log and for whoever reads it.
 */
export { DIMENSIONS, clauseRule, isWaivable, type ClauseRule } from './clause-rules.js';
export { DESK_LIMITS, type DeskLimits } from './desk.js';
export { DeskIndex } from './desk-index.js';
export { evolveDesk } from './evolve.js';
export { parseInstant, showInstant } from './instants.js';
export { MOST_AMOUNT, showAmount, type Amount } from './amounts.js';
export { needsOf } from './needs.js';
export { FORMS, ORDER_TYPE, type Order, type OrderName, type Orders } from './order-forms.js';
export { policiesDomain, type PoliciesOptions } from './policies-domain.js';
export { DEFAULT_SETTINGS } from './settings.js';
export { payloadSha256, publicKeyOf, signOrder } from './signed-order.js';
export * from './state.js';
