/** What makes a process of the parts: endpoints, connection, set-up, settings, components, health. */
export * from './arbiter.js';
export * from './connection.js';
export * from './endpoints.js';
export * from './health.js';
export * from './open-bus.js';
export * from './settings.js';
export * from './setup.js';
export * from './signing-key.js';
export * from './threads/index.js';
