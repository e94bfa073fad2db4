/** One task: its folded state, its fold, and the deciders that the saga is made of. Pure (law 8). */
export { evolve, IllegalTransition } from './evolve.js';
export { partitionStream, taskIdOf, taskStream } from './state.js';
export type {
  Approval,
  Assignment,
  PartitionState,
  PendingAsk,
  SagaValue,
  TaskState,
  UnseenTask,
} from './state.js';
