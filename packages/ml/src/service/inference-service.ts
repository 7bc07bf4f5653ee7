import {
  closeAll,
  defaultContext,
  keepAlive,
  LouverError,
  Onlookers,
  PeriodicChecks,
  reasonsOf,
  withDeadline,
  worst,
  type Codec,
  type Context,
  type Health,
  type InferenceEngine,
  type InferenceResult,
  type Transport,
  type WindowCommand,
} from '@louver/core';
import { RequestDesk } from './request-desk.js';

/** What has been begun is answered within this when we close: a broker that hangs does not say that it is away. */
const FAREWELL_MS = 3_000;

export interface InferenceServiceOptions {
  /** The service's own connection, with a client id of its own: the broker keeps its requests while it is away. */
  readonly transport: Transport;
  /** With `requestFilters`: the wire format of P-20, P-21 and P-25. */
  readonly codec: Codec;
  /** `localEngine({ features, predictor, policy })`. */
  readonly engine: InferenceEngine;
  /** Requests taken in and not answered yet, at the most; the broker keeps the rest. Default 64. */
  readonly maxUnsettled?: number;
  /** An inference that takes longer is given up. Milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** A part that does its work no more is known within this, also while nobody asks. Milliseconds. Default 10,000. */
  readonly noticeWithinMs?: number;
  readonly context?: Partial<Context>;
}

export interface InferenceServiceEvents {
  /** A command has been published. */
  command: [WindowCommand];
  prediction: [InferenceResult];
  error: [LouverError];
}

export interface InferenceServiceHealth {
  readonly state: 'starting' | 'ready' | 'degraded' | 'stopped';
  /** What is wrong, in words, one per part; empty when `ready`. */
  readonly reasons: readonly string[];
  readonly components: Readonly<Record<'transport' | 'engine', Health>>;
}

export interface InferenceService {
  /**
   * Resolves when requests are taken in; the process stays alive until `close`. A broker that is away does not fail it; rejects for what
   * retrying cannot mend: the model.
   */
  open(): Promise<void>;
  /** Answers what it has begun, closes every part. What is left, the broker sends again at the next start. Idempotent. */
  close(): Promise<void>;
  /** Resolves when every request taken in before the call is answered. */
  idle(): Promise<void>;
  health(): InferenceServiceHealth;
  /** For looking on; a listener that throws is logged. Returns how to stop. */
  on<E extends keyof InferenceServiceEvents>(
    event: E,
    listener: (...args: InferenceServiceEvents[E]) => void,
  ): () => void;
}

/**
 * Answers inference requests (P-20) with commands (P-21) and responses (P-25): the other end of `remoteEngine`, or of any backend that sends
 * P-20. Has no journal and no storage: a request is acknowledged once its command has been published, so one that a crash interrupts
 * comes again and makes the same command (P-23). Per device the newest request wins.
 * @throws LouverError `E_CONFIG` for a codec without inference topics, or an engine that is elsewhere itself.
 */
export function createInferenceService(options: InferenceServiceOptions): InferenceService {
  const { transport, codec, engine, maxUnsettled = 64, timeoutMs = 10_000, noticeWithinMs = 10_000 } = options;
  const filters = checked(codec, engine);
  const context = defaultContext(options.context);
  const onlookers = new Onlookers<InferenceServiceEvents>(context.logger);
  const desk = new RequestDesk({ transport, codec, engine, timeoutMs, context, onlookers });
  const checks = new PeriodicChecks({ parts: { transport, engine }, noticeWithinMs, context });
  const stop = new AbortController();
  let state: InferenceServiceHealth['state'] = 'starting';
  let receiving: Promise<void> = Promise.resolve();
  let ended: LouverError | undefined;
  let opening: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  let letGo = (): void => undefined;

  async function start(): Promise<void> {
    await engine.open(context);
    try {
      await transport.open(context);
    } catch (error) {
      await closeAll([engine], context.logger);
      throw error;
    }
    letGo = keepAlive();
    receiving = receive().catch((error: unknown) => {
      ended = LouverError.from(error, 'E_TRANSPORT');
      context.logger.error('requests are not received any more', { error: ended.message });
      onlookers.emit('error', ended);
    });
    checks.begin();
    state = 'ready';
  }

  async function receive(): Promise<void> {
    for await (const deliveries of transport.receive(filters, { maxUnsettled, signal: stop.signal })) {
      for (const delivery of deliveries) desk.take(delivery);
    }
  }

  async function close(): Promise<void> {
    await opening?.catch(() => undefined);
    const wasOpen = state === 'ready';
    state = 'stopped';
    stop.abort();
    if (!wasOpen) return;
    // Publishing to a broker that is away would wait for it.
    if (!worst(transport.health?.(), checks.healthOf('transport')).ok) desk.abandon();
    checks.close();
    await receiving;
    await withDeadline(context.clock, FAREWELL_MS, 'the last answers', () => desk.idle()).catch(() => desk.abandon());
    await desk.idle();
    await closeAll([transport, engine], context.logger);
    letGo();
  }

  return {
    async open() {
      if (closing !== undefined) throw new LouverError('E_NOT_OPEN', 'the inference service is closed: make a new one');
      await (opening ??= start());
    },
    close: () => (closing ??= close()),
    idle: () => desk.idle(),
    health() {
      const components = {
        transport: worst(ended, transport.health?.(), checks.healthOf('transport')),
        engine: worst(engine.health?.(), checks.healthOf('engine')),
      };
      const reasons = reasonsOf(components);
      return { state: state === 'ready' && reasons.length > 0 ? 'degraded' : state, reasons, components };
    },
    on: (event, listener) => onlookers.on(event, listener),
  };
}

function checked(codec: Codec, engine: InferenceEngine): readonly string[] {
  if (engine.remote !== undefined) {
    throw new LouverError(
      'E_CONFIG',
      'createInferenceService: the engine is elsewhere itself, expected localEngine(…)',
    );
  }
  if (codec.requestFilters === undefined) {
    throw new LouverError('E_CONFIG', 'createInferenceService: the codec has no inference topics (`requestFilters`)');
  }
  return codec.requestFilters;
}
