import { openKafkaBus } from '../bus/index.js';
import type { Bus } from '../bus/port.js';
import type { Endpoints } from './endpoints.js';

/** The bus on the brokers of the endpoints, with the security that they ask for. */
export const openBus = ({ brokers, kafkaSecurity }: Endpoints, clientId: string): Promise<Bus> =>
  openKafkaBus({ brokers: brokers.split(','), clientId, ...kafkaSecurity });
