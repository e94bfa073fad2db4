import { stackStatus } from '../../platform/stack/index.js';
import { connect } from '../../runtime/connection.js';
import { findEndpoints, type Endpoints } from '../../runtime/endpoints.js';
import { openBus } from '../../runtime/open-bus.js';
import type { DoctorOptions } from '../commands/doctor.js';
import { DONE, NO, withoutPasswords } from '../failure.js';
import { json, note, table } from '../output.js';
import { guarded, type Check } from './check.js';
import { checkKeys } from './keys.js';
import { checkLogs } from './logs.js';
import { checkDeadLetters, checkParts, checkSchemasOf, checkTopicsOf, checkViews } from './stack.js';
import { checkTools } from './tools.js';

/** All checks that can be made; 1 when one of them is an error. */
export const runDoctor = async ({ json: asJson, deep }: DoctorOptions): Promise<number> => {
  const status = await stackStatus({});
  const local = status.parts.some(({ origin }) => origin === 'local');
  const checks: Check[] = [
    ...(await guarded('tools', () => checkTools(local))),
    ...checkParts(status),
    ...(await guarded('keys', () => checkKeys(status.folder))),
  ];
  if (status.stack !== null) checks.push(...(await checkInside(await findEndpoints(), deep === true)));
  const errors = checks.filter((one) => one.status === 'error');
  if (asJson === true) json({ ok: errors.length === 0, checks });
  else {
    await table(
      ['CHECK', 'STATUS', 'FOUND'],
      checks.map(({ check, status: how, message }) => [check, how, withoutPasswords(message)]),
    );
    for (const { check, message, repair } of checks)
      if (repair !== undefined) note(`${check}: ${message.split(':')[0] ?? ''}: ${repair}`);
    if (deep !== true) note('the owned logs were not read; with --deep they are');
  }
  return errors.length === 0 ? DONE : NO;
};

const checkInside = async (endpoints: Endpoints, deep: boolean): Promise<readonly Check[]> => {
  const bus = await openBus(endpoints, 'arbiter-doctor');
  try {
    const checks = [
      ...(await guarded('topics', () => checkTopicsOf(bus))),
      ...(await guarded('schemas', () => checkSchemasOf(bus, endpoints))),
      ...(await guarded('views', () => checkViews(bus, endpoints))),
      ...(await guarded('dead letters', () => checkDeadLetters(bus))),
    ];
    return deep ? [...checks, ...(await guarded('logs', () => readLogs(endpoints)))] : checks;
  } finally {
    await bus.close();
  }
};

const readLogs = async (endpoints: Endpoints): Promise<readonly Check[]> => {
  const connection = await connect(endpoints, 'doctor');
  try {
    return await checkLogs(connection);
  } finally {
    await connection.close();
  }
};
