export type { ActuationPolicy, Decision, PolicyContext } from './actuation-policy.js';
export type {
  Asked,
  DesiredConfig,
  DeviceOrder,
  NothingDesired,
  TimeAsked,
  TimeTold,
  Told,
  WindowAsked,
} from './asked.js';
export type { Change, ChangeDetector } from './change-detector.js';
export { LONGEST_TIMER_MS, systemClock, type Clock } from './clock.js';
export { closeAll } from './close-all.js';
export type { Codec, DeviceTalk, InboundMessage, StoredUpTo } from './codec.js';
export type { Command, CommandBase, FeaturesUsed, WindowCommand } from './command.js';
export { defaultContext, type Component, type Context, type Health } from './component.js';
export {
  configState,
  nextVersion,
  type ConfigReport,
  type ConfigSet,
  type DeviceConfig,
} from './devices/config-shadow.js';
export { withDeadline } from './deadline.js';
export { durableReceipt, type Delivery, type DurableReceipt } from './delivery.js';
export {
  ERROR_CODES,
  LouverError,
  withoutCode,
  type DeadLetterReason,
  type LouverErrorCode,
  type LouverErrorOptions,
} from './errors.js';
export type {
  CommandSeen,
  ConfigReported,
  DeviceInfo,
  DeviceStatus,
  EpochMs,
  EventBase,
  InboundEvent,
  InferenceAnswered,
  InferenceAsked,
  Quantity,
  Recording,
  RecordingBytes,
  RecordingEnd,
  RecordingInit,
  RecordingPart,
  RejectedMember,
  ScalarReading,
  Scalars,
  Sequence,
  WaveformReading,
  WindowState,
} from './event.js';
export { Onlookers } from './events.js';
export type { ExtractedFeatures, FeatureExtractor } from './feature-extractor.js';
export { reasonsOf, worst } from './health.js';
export type {
  InferenceAnswer,
  InferenceEngine,
  InferenceRequest,
  InferenceResult,
  InferenceSituation,
  KnownAudio,
  RemoteLink,
} from './inference-engine.js';
export type {
  DeliveryRecord,
  DerivedRecord,
  Journal,
  JournalEntry,
  JournalRecord,
  NoteRecord,
  Position,
} from './journal.js';
export { keepAlive } from './keep-alive.js';
export { silentLogger, type Logger } from './logger.js';
export { makeFolder } from './make-folder.js';
export { noMetrics, type Metrics } from './metrics.js';
export type { ModelColumn, ModelContract, Prediction, Predictor } from './predictor.js';
export { featureValue } from './feature-value.js';
export type { KeptRecording, RecordingStore } from './recording-store.js';
export { checkHistory } from './check-history.js';
export { bucketCount, fillGaps, type Gaps } from './history.js';
export type { RowKey, StorageAdapter } from './storage.js';
export type {
  Aggregation,
  DeadLetterQuery,
  FeatureQuery,
  HistoryBucket,
  HistoryQuery,
  LastRecording,
  LatestValue,
  RangeQuery,
  RowsQuery,
  StorageReader,
  StoredFeatures,
  StoredReading,
  StoredRecording,
} from './storage-reader.js';
export { syncFolder } from './sync-folder.js';
export {
  QUANTITY_TABLES,
  REPLAYED,
  TABLE_IDENTITY,
  type AudioRow,
  type DeadLetterRow,
  type DeviceEventRow,
  type DeviceRow,
  type PredictionRow,
  type QuantityRow,
  type ScalarRow,
  type SensorRow,
  type TableIdentity,
  type TableName,
  type Tables,
  type WindowActionRow,
  type WindowStateRow,
} from './tables.js';
export { topicMatches } from './topics.js';
export type { OutboundMessage, ReceiveOptions, Transport } from './transport.js';
export type {
  DeviceControl,
  DeviceTally,
  Durability,
  GivenOrder,
  Pipeline,
  PipelineEvents,
  PipelineHealth,
  PipelineOptions,
  ReplayOptions,
  ReplayOutcome,
} from './options.js';
export { acquireLockFile, type LockFile, type LockFileOptions } from './lock.js';
export {
  decodePcm16,
  decodeWav,
  emptyWavText,
  encodeWav16,
  looksLikeWav,
  readWavHeader,
  type WavEncoding,
  type WavHeader,
} from './wav.js';
export { anyOf } from './detectors/any-of.js';
export { deadband, type DeadbandOptions, type Thresholds } from './detectors/deadband.js';
export { everyRecording } from './detectors/every-recording.js';
export { cachedFeatures } from './inference/feature-cache.js';
export { heldResult } from './inference/inference-result.js';
export { localEngine, type LocalEngineOptions } from './inference/local-engine.js';
export { remoteEngine, type RemoteEngineOptions } from './inference/remote-engine.js';
export { memoryJournal } from './memory/memory-journal.js';
export { memoryStorage, type MemoryStorage } from './memory/memory-storage.js';
export { memoryTransport, type MemoryTransport } from './memory/memory-transport.js';
export { PeriodicChecks, type PeriodicChecksOptions } from './periodic-checks.js';
export { createPipeline } from './pipeline.js';
export { clampPolicy, type ClampOptions } from './policies/clamp.js';
export { backoffMs, type BackoffOptions } from './retry.js';
