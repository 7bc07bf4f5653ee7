import type { Codec } from '../codec.js';
import type { Context } from '../component.js';
import { countCommand, sent } from '../devices/count-command.js';
import type { Onlookers } from '../events.js';
import type { InferenceResult } from '../inference-engine.js';
import type { DerivedRecords } from '../ingest/derived-records.js';
import { predictionRecord } from '../ingest/rows.js';
import type { PipelineEvents } from '../options.js';
import type { Transport } from '../transport.js';

export interface ResultTellerOptions {
  readonly transport: Transport;
  readonly codec: Codec;
  readonly derived: DerivedRecords;
  readonly onlookers: Onlookers<PipelineEvents>;
  readonly context: Context;
  /** Ends publishing. */
  readonly signal: AbortSignal;
}

/** What becomes of a result of our own engine: its row, its command (P-21), its answer (P-25). Rejects when the command did not go out. */
export function resultTeller(options: ResultTellerOptions): (result: InferenceResult) => Promise<void> {
  const { transport, codec, derived, onlookers, context, signal } = options;
  const { logger, metrics } = context;

  return async (result) => {
    const { command, requestId, deviceId } = result;
    // Before its command: a crash in between must not leave a command that nobody can explain.
    await derived.add([predictionRecord(result)]);
    onlookers.emit('prediction', result);
    if (command === undefined) {
      countCommand(metrics, 'model', 'held');
      logger.info('command held', { deviceId, requestId, reason: result.reason });
    } else {
      await sent(metrics, 'model', () => transport.publish(codec.encode(command), signal));
      const { commandId, position, confidence } = command;
      logger.info('command sent', { deviceId, requestId, commandId, position, confidence });
      onlookers.emit('command', command);
    }
    try {
      await transport.publish(codec.encode(result), signal);
    } catch (error) {
      // P-25 is for onlookers: what mattered has gone out.
      logger.warn('response not published', { deviceId, requestId, error: String(error) });
    }
  };
}
