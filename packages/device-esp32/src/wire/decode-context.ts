import type { InboundMessage } from '@louver/core';
import type { Envelope } from './envelope.js';

/** Something odd about a message that is stored all the same [P-6a]. */
export interface CodecNotice {
  /** `rate-mismatch`: header and payload disagree on the sample rate, the header won. `truncated`: the WAV ends before its header says. */
  readonly kind: 'rate-mismatch' | 'truncated';
  readonly deviceId: string;
  readonly detail: string;
}

/** What the decoders of single payloads work from. */
export interface DecodeContext {
  readonly message: InboundMessage;
  readonly deviceId: string;
  readonly notice: (notice: CodecNotice) => void;
}

/** The members of every event, ready to be put before its own. */
export function eventBase(context: DecodeContext, envelope: Envelope, messageId: string = envelope.messageId) {
  return {
    deviceId: context.deviceId,
    timestampMs: envelope.timestampMs,
    timeSource: envelope.timeSource,
    deviceTimestamp: envelope.deviceTimestamp,
    receivedAtMs: context.message.receivedAtMs,
    messageId,
    identified: envelope.identified,
    ...(envelope.sequence !== undefined && { sequence: envelope.sequence }),
  };
}
