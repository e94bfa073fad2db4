import { openKafkaBus } from '../../src/bus/index.js';
import { brokersUnderTest } from './brokers.js';
import { busContract } from './contract.js';

describe('bus on Kafka', function () {
  this.timeout(60_000);
  busContract(async () => openKafkaBus({ brokers: await brokersUnderTest(), clientId: 'contract' }));
});
