import { setMaxListeners } from 'node:events';
import { checkedDurability, checkParts } from './check-options.js';
import { closeAll } from './close-all.js';
import { defaultContext } from './component.js';
import { withDeadline } from './deadline.js';
import { durableReceipt, type Delivery } from './delivery.js';
import { deviceControl } from './devices/device-control.js';
import { FrontDesk } from './devices/front-desk.js';
import { ManualControl } from './devices/manual-control.js';
import { DeviceRegistry, isFromDevice } from './devices/registry.js';
import { TimeTeller } from './devices/time-teller.js';
import { LouverError } from './errors.js';
import { Onlookers } from './events.js';
import { reasonsOf, worst } from './health.js';
import { cachedFeatures } from './inference/feature-cache.js';
import { InferenceStage } from './inference/inference-stage.js';
import { RemoteExchange } from './inference/remote-exchange.js';
import { resultTeller } from './inference/result-teller.js';
import { DeadLetterReplay } from './ingest/dead-letter-replay.js';
import { Decoder, type Decoded } from './ingest/decoder.js';
import { DerivedRecords } from './ingest/derived-records.js';
import { LiveRecordings } from './ingest/live-recordings.js';
import { Past, type Replayed } from './ingest/past.js';
import { Receiver, type Seen } from './ingest/receiver.js';
import { RowStage } from './ingest/row-stage.js';
import { StorageDoor } from './ingest/storage-door.js';
import { StoredAcks } from './ingest/stored-acks.js';
import type { DeliveryRecord, Position } from './journal.js';
import { keepAlive } from './keep-alive.js';
import { memoryJournal } from './memory/memory-journal.js';
import type { Pipeline, PipelineEvents, PipelineHealth, PipelineOptions } from './options.js';
import { PeriodicChecks } from './periodic-checks.js';

/** How long the baseline of change detection is waited for while storage is away; then control goes on without it. */
const RECALL_GRACE_MS = 5_000;
/** What has been begun is over within this when we close: a broker that hangs does not say that it is away. */
const FAREWELL_MS = 3_000;
/** How late a recording is given up whose parts do not come. */
const PARTS_INTERVAL_MS = 5_000;
const SWEEP_INTERVAL_MS = 30_000;

/**
 * Wires the parts into the one way through the house (docs/architecture.md): transport → journal → acknowledgement → rows, and the live stream
 * → detector → engine → command.
 * @throws LouverError `E_CONFIG` when the options contradict each other.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const context = defaultContext(options.context);
  const { clock, logger } = context;
  checkParts(options);
  const { transport, codec, storage, detector, engine, recordings } = options;
  const journal = options.journal ?? memoryJournal();
  const durability = checkedDurability(options.durability, journal.level);
  const onlookers = new Onlookers<PipelineEvents>(logger);
  const door = new StorageDoor(storage, context);
  const decoder = new Decoder(codec, () => journal.id);
  const ownFeatures = options.features && cachedFeatures(options.features);
  const features = ownFeatures ?? engine?.features;
  const recordingsInParts = new LiveRecordings();
  const held = new Map<Position, Delivery>();
  const stop = new AbortController();
  // Every publish under way listens.
  setMaxListeners(0, stop.signal);
  let state: PipelineHealth['state'] = 'starting';
  let replayed: Replayed = { upTo: 0, newestMs: -Infinity };
  let opening: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  let letGo = (): void => undefined;

  const derived = new DerivedRecords({
    journal,
    context,
    onAppended: (last) => receiver.reached(last),
    onError,
  });

  const registry = new DeviceRegistry({
    inactiveAfterMs: options.devices?.inactiveAfterMs ?? 600_000,
    context,
    write: (records) => derived.add(records),
    onDevice(row, event) {
      if (event === 'known') devices.configs.offer(row.device_id);
      onlookers.emit('device', row, event);
    },
  });

  const { talk } = codec;
  const commandTtlMs = options.devices?.commandTtlMs ?? 300_000;
  const windows = new ManualControl({
    codec,
    transport,
    commandTtlMs,
    lastAction: storage.reader && (async (deviceId) => (await storage.reader?.actions({ deviceId, limit: 1 }))?.[0]),
    context,
    onSent: (command) => onlookers.emit('command', command),
  });
  const devices = deviceControl({ talk, transport, registry, windows, commandTtlMs, context, signal: stop.signal });

  const remote = engine?.remote;
  const record = (asked: readonly DeliveryRecord[]): Promise<void> => receiver.note(asked);
  const exchange = remote && new RemoteExchange({ remote, codec, context, record, onlookers });

  const desk = talk && new FrontDesk({ talk, time: new TimeTeller({ talk, transport, context }), windows, context });

  const tell = resultTeller({ transport, codec, derived, onlookers, context, signal: stop.signal });

  const maxAgeMs = options.inference?.maxAgeMs ?? 900_000;
  const inference = new InferenceStage({
    detector,
    engine,
    required: options.inference?.required ?? ['temperature', 'humidity'],
    maxAgeMs,
    maxReplayAgeMs: options.inference?.maxReplayAgeMs ?? 60_000,
    maxRecordingBytes: options.inference?.maxRecordingBytes ?? 64 * 1024 * 1024,
    timeoutMs: options.inference?.timeoutMs ?? 10_000,
    context,
    onAsk: async (request) => exchange?.asked(request),
    onResult: (result) => tell(result),
    onResend: async (command) => transport.publish(codec.encode(command), stop.signal),
  });

  const rows = new RowStage({
    storage,
    journal,
    decoder,
    features,
    recordings,
    attribution: exchange?.attribution,
    context,
    maxRows: options.batch?.maxRows ?? 10_000,
    maxDelayMs: options.batch?.maxDelayMs ?? 200,
    maxPendingRows: options.batch?.maxPendingRows ?? 50_000,
    storageReady: door.ready,
    notBeforeMs: (readUpTo) => receiver.notBeforeMs(readUpTo),
    onOutcome: (table, error) => door.outcome(table, error),
    onSettled: acknowledgeHeld,
  });

  const receiver = new Receiver({
    transport,
    filters: [...codec.filters, ...(talk?.askFilters ?? []), ...(exchange?.filters ?? [])],
    journal,
    decoder,
    maxUnsettled: options.maxUnsettled ?? 4096,
    ignores: codec.isStoredTopic,
    answers: desk && ((delivery) => desk.take(delivery)),
    context,
    acknowledge: durability === 'storage' ? 'store' : 'append',
    onHeld,
    onDecoded,
    onDurable: (decoded) => {
      acks.observe(decoded);
      onParts(decoded);
    },
    onError,
  });

  const replay = new DeadLetterReplay({
    journal,
    decoder,
    context,
    storeAgain: (table, refused) => rows.storeAgain(table, refused),
    onAppended: (last) => receiver.reached(last),
  });

  const acks = new StoredAcks({
    codec,
    transport,
    journal,
    durability,
    context,
    signal: stop.signal,
    isSettled: (position) => rows.isSettled(position),
    lastPosition: () => receiver.lastPosition,
  });

  const past = new Past({
    reader: storage.reader,
    journal,
    decoder,
    window: rows.window,
    registry,
    windows,
    inference,
    exchange,
    acks,
    recordings: recordingsInParts,
    logger,
  });

  const checks = new PeriodicChecks({
    parts: { transport, storage: door, engine, features: ownFeatures },
    noticeWithinMs: options.noticeWithinMs ?? 10_000,
    context,
  });

  function onHeld(position: Position, delivery: Delivery): void {
    // A message without rows may be through before its append has told us.
    if (rows.isSettled(position)) delivery.ack(durableReceipt('storage', clock.now()));
    else held.set(position, delivery);
  }

  function onDecoded(decoded: Decoded, { retained, durable }: Seen): void {
    if (durable) acks.observe(decoded);
    if (!('events' in decoded)) return;
    for (const event of decoded.events) {
      if (event.kind === 'config-reported') registry.reported(event);
      // A broker may have lost what it should know.
      if (event.kind === 'device-status' && event.online && !retained && state === 'ready') offerConfig(event.deviceId);
      // What a broker has kept tells that the device exists, not that it lives.
      if (isFromDevice(event) && !(retained && registry.has(event.deviceId))) {
        registry.saw(event.deviceId, event.receivedAtMs);
      }
      exchange?.observe(event);
      windows.observe(event);
      if (state !== 'stopped') inference.observe(event);
      if (event.kind === 'scalar' || event.kind === 'waveform') onlookers.emit('reading', event);
    }
    if (durable) onParts(decoded);
  }

  function offerConfig(deviceId: string): void {
    // What storage has is not known before: it is offered when it is.
    if (registry.knows(deviceId) === true && registry.isReady) devices.configs.offer(deviceId);
  }

  /** What is put together of parts is durable when the last of them is. */
  function onParts(decoded: Decoded): void {
    for (const whole of recordingsInParts.take(decoded)) onDecoded(whole, { retained: false, durable: true });
  }

  function onError(error: LouverError): void {
    logger.error('not taken in', { code: error.code, error: error.message });
    onlookers.emit('error', error);
    if (error.code === 'E_JOURNAL_FULL') acks.journalFull();
  }

  function acknowledgeHeld(positions: readonly Position[]): void {
    acks.settled(positions);
    if (held.size === 0) return;
    const receipt = durableReceipt('storage', clock.now());
    for (const position of positions) {
      held.get(position)?.ack(receipt);
      held.delete(position);
    }
  }

  async function watchSilence(): Promise<void> {
    let sweptMs = clock.now();
    while (!stop.signal.aborted) {
      const pauseMs = rows.awaitsParts ? PARTS_INTERVAL_MS : SWEEP_INTERVAL_MS;
      await clock.sleep(Math.min(pauseMs, registry.sweepMs), stop.signal);
      if (stop.signal.aborted) return;
      rows.expire(Math.max(receiver.lastPosition, replayed.upTo), clock.now());
      recordingsInParts.expire(clock.now());
      await registry.sweep(clock.now());
      if (Math.abs(clock.now() - sweptMs) < SWEEP_INTERVAL_MS) continue;
      sweptMs = clock.now();
      await acks.sweep(clock.now());
    }
  }

  async function start(): Promise<void> {
    const opened: { close(): Promise<void> }[] = [];
    letGo = keepAlive();
    try {
      for (const part of [journal, engine, ownFeatures, recordings, transport]) {
        if (part === undefined) continue;
        await part.open(context);
        opened.unshift(part);
      }
      opened.unshift(door);
      await door.open(() => past.recall(clock.now() - maxAgeMs));
      replayed = await past.replay(stop.signal);
    } catch (error) {
      state = 'stopped';
      await closeAll(opened, logger);
      letGo();
      throw error;
    }
    await registry.begin(clock.now());
    await exchange?.renew(replayed.newestMs);
    rows.start();
    receiver.start();
    if (talk !== undefined) devices.configs.begin();
    checks.begin();
    void watchSilence();
    void Promise.race([door.ready, clock.sleep(RECALL_GRACE_MS, stop.signal)]).then(() => {
      if (state !== 'stopped') inference.begin();
    });
    if (durability === 'none') logger.warn('acknowledgements promise nothing: durability is none');
    state = 'ready';
  }

  async function storedOrAway(): Promise<void> {
    await Promise.race([rows.stored(Math.max(receiver.lastPosition, replayed.upTo)), door.away()]);
  }

  async function close(): Promise<void> {
    // Whoever opens is told when that fails.
    await opening?.catch(() => undefined);
    if (state !== 'ready') return;
    state = 'stopped';
    // Publishing to a broker that is away would wait for it, and so would a command for its row in a storage that is away.
    const isAway = transport.direct !== true && !worst(transport.health?.(), checks.healthOf('transport')).ok;
    const silent = isAway || (durability === 'storage' && !door.health().ok);
    if (silent) stop.abort();
    checks.close();
    inference.abandon();
    await withDeadline(clock, FAREWELL_MS, 'the last commands', () => inference.idle()).catch(() => stop.abort());
    await inference.idle();
    await storedOrAway();
    // While there is somebody who receives: what goes out may come back, and its sender waits for that.
    if (!silent) await withDeadline(clock, FAREWELL_MS, 'the last acks', () => acks.close()).catch(() => undefined);
    await receiver.close();
    await receiver.idle();
    await derived.close();
    await storedOrAway();
    stop.abort();
    await rows.close();
    await closeAll([transport, door, engine, ownFeatures, recordings, journal], logger);
    letGo();
  }

  async function idle(): Promise<void> {
    let upTo: Position;
    do {
      upTo = receiver.lastPosition;
      await receiver.idle();
      await inference.idle();
      await derived.idle();
      // A command is received back: what it brought about counts too.
    } while (receiver.lastPosition > upTo);
  }

  async function drain(): Promise<void> {
    let upTo: Position;
    do {
      await idle();
      upTo = Math.max(receiver.lastPosition, replayed.upTo);
      await rows.stored(upTo);
    } while (receiver.lastPosition > upTo);
  }

  function health(): PipelineHealth {
    const components = {
      transport: worst(receiver.ended, transport.health?.(), checks.healthOf('transport')),
      journal: worst(receiver.journalTrouble, rows.trouble, journal.health?.()),
      storage: worst(door.health(), checks.healthOf('storage')),
      engine: worst(
        engine?.health?.(),
        ownFeatures?.health?.(),
        checks.healthOf('engine'),
        checks.healthOf('features'),
      ),
      ...(recordings && { recordings: worst(rows.recordingTrouble, recordings.health?.()) }),
    };
    const reasons = reasonsOf(components);
    if (state !== 'ready') return { state, reasons, durability, components };
    return { state: reasons.length === 0 ? 'ready' : 'degraded', reasons, durability, components };
  }

  return {
    devices,
    async open() {
      if (closing !== undefined) throw new LouverError('E_NOT_OPEN', 'the pipeline is closed: make a new one');
      await (opening ??= start());
    },
    close: () => (closing ??= close()),
    idle,
    drain,
    replay: (letters, how) => replay.replay(letters, how),
    health,
    on: (event, listener) => onlookers.on(event, listener),
  };
}
