import { encodeWav16, type EpochMs } from '@louver/core';
import { encodeBase64 } from '../wire/base64.js';
import type { SharedRecording } from './shared-recordings.js';
import type { WindowReport } from './simulated-window.js';

/** Number of a message since power-on, and of the power-on itself [P-5]. */
export interface Numbering {
  readonly seq: number;
  readonly boot: number;
}

/** Payload of one scalar reading [P-1, P-2, P-7]. */
export function scalarPayload(value: number, timestampMs: EpochMs | undefined, { seq, boot }: Numbering): string {
  return JSON.stringify({ value, timestamp: stamp(timestampMs), seq, boot });
}

/** Payload of one recording as WAV [P-3]. `samples` in -1..1. */
export function audioPayload(
  samples: Float64Array,
  sampleRateHz: number,
  timestampMs: EpochMs | undefined,
  { seq, boot }: Numbering,
): string {
  return JSON.stringify({
    data: encodeBase64(encodeWav16(samples, sampleRateHz)),
    sample_rate: sampleRateHz,
    duration: samples.length / sampleRateHz,
    timestamp: stamp(timestampMs),
    seq,
    boot,
  });
}

/** As {@link audioPayload}, in two parts: the first is shared. */
export function sharedAudioPayload(
  { head, tail, sampleRateHz, durationS }: SharedRecording,
  timestampMs: EpochMs | undefined,
  numbering: Numbering,
): readonly [Uint8Array, string] {
  const { seq, boot } = numbering;
  const rest = { sample_rate: sampleRateHz, duration: durationS, timestamp: stamp(timestampMs), seq, boot };
  return [head, `${tail}",${JSON.stringify(rest).slice(1)}`];
}

/** Payload of a window's state [P-33]. Its time tells a retained copy from a new report. */
export function windowStatePayload(report: WindowReport, timestampMs: EpochMs | undefined): string {
  return JSON.stringify({
    position: report.position,
    target: report.target,
    command_id: report.commandId,
    result: report.result,
    timestamp: stamp(timestampMs),
  });
}

/** A device that does not know the time leaves it empty [P-2]. */
function stamp(timestampMs: EpochMs | undefined): string {
  return timestampMs === undefined ? '' : new Date(timestampMs).toISOString();
}
