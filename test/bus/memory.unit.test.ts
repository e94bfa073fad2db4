import { openLiveMemoryBus } from '../../src/bus/index.js';
import { busContract } from './contract.js';

describe('bus in memory', () => {
  busContract(() => Promise.resolve(openLiveMemoryBus()));
});
