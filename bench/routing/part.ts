/** One part of the bench, in a process of its own: NAME ORDERS LOGS; its result is one line of JSON. */
import { REPLAYS, TIMED } from './parts.js';

const [name = '', orders, logs] = process.argv.slice(2);
const part = REPLAYS.get(name) ?? TIMED.get(name);
if (part === undefined) throw new Error(`no part of the name ${JSON.stringify(name)}`);
process.stdout.write(JSON.stringify(await part({ orders: Number(orders), logs: Number(logs) })));
