export { everyCrashPoint, sampled, type CrashPoint } from './crash-points.js';
export type { Fault, FaultKind, FaultSwitches, FaultTerms } from './fault-board.js';
export { faultyStorage, type FaultyStorage, type RejectRows, type StorageFault } from './faulty-storage.js';
export {
  faultyTransport,
  type FaultyTransport,
  type TransportFault,
  type TransportOperation,
} from './faulty-transport.js';
export { incarnation, type Incarnation, type IncarnationOptions } from './incarnation.js';
export { manualClock, type ManualClock } from './manual-clock.js';
export {
  obligationsLedger,
  type FreshOptions,
  type FreshReading,
  type LedgerVerdict,
  type ObligationsLedger,
} from './obligations-ledger.js';
export {
  storageConformance,
  type ConformanceCase,
  type StorageConformanceOptions,
} from './storage-conformance/storage-conformance.js';
export { sampleRows, type MakeRow, type SampleRows } from './sample-rows.js';
export { steppingClock, type SteppingClock } from './stepping-clock.js';
export { tcpFaults, type TcpFaults, type TcpTarget } from './tcp-faults.js';
export type { Pace } from './tcp-pump.js';
export type { StorageOperation } from './wrapped-storage.js';
