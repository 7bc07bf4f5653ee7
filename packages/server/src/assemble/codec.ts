import type { Codec, Context } from '@louver/core';
import { esp32Codec } from '@louver/device-esp32';
import type { ServerConfig } from '../config/server-config.js';

/** The wire format with the configured topics and limits; what is odd is counted. */
export function codecOf({ topics, limits }: ServerConfig, { metrics, logger }: Context): Codec {
  return esp32Codec({
    topics,
    limits: { scalarBytes: limits.scalarBytes, audioBytes: limits.audioBytes },
    maxAheadMs: limits.clockAheadMs,
    onNotice: ({ kind, deviceId, detail }) => {
      metrics.count('codec_notices_total', { kind });
      logger.debug('odd message', { kind, deviceId, detail });
    },
  });
}
