import type { Told } from '../asked.js';
import type { DeviceTalk } from '../codec.js';
import type { Context } from '../component.js';
import { withDeadline } from '../deadline.js';
import { LouverError } from '../errors.js';
import { idOf } from '../id-of.js';
import type { DeviceControl } from '../options.js';
import type { Transport } from '../transport.js';
import type { DeviceConfig } from './config-shadow.js';
import { ConfigTeller } from './config-teller.js';
import type { ManualControl } from './manual-control.js';
import type { DeviceRegistry } from './registry.js';

/** Whoever asks waits for it. */
const TELL_WITHIN_MS = 5_000;

export interface DeviceControlOptions {
  /** Absent: devices are told nothing. */
  readonly talk: DeviceTalk | undefined;
  readonly transport: Transport;
  readonly registry: DeviceRegistry;
  readonly windows: ManualControl;
  readonly commandTtlMs: number;
  readonly context: Context;
  readonly signal: AbortSignal;
}

/** {@link DeviceControl}, and what the pipeline has to do for it. */
export interface Devices extends DeviceControl {
  readonly configs: ConfigTeller;
}

/** What people want of devices, by HTTP say. */
export function deviceControl(options: DeviceControlOptions): Devices {
  const { talk, transport, registry, windows, commandTtlMs, context, signal: ended } = options;
  const { clock, random, logger } = context;

  async function tell(told: Told): Promise<void> {
    if (talk === undefined) throw speechless();
    const message = talk.encodeTold(told);
    await withDeadline(clock, TELL_WITHIN_MS, `publishing to ${message.topic}`, (signal) =>
      transport.publish(message, signal),
    );
  }

  const configOf = (deviceId: string): DeviceConfig | undefined => registry.configOf(deviceId);
  const configs = new ConfigTeller({ tell, configOf, context, signal: ended });

  return {
    configs,
    config: configOf,
    async configure(deviceId, values) {
      if (talk === undefined) throw speechless();
      await registry.configure(deviceId, values, clock.now());
      return configs.tell(deviceId);
    },
    tally: () => registry.tally(),
    knows: (deviceId) => registry.knows(deviceId),
    async decommission(deviceId) {
      const isGone = await registry.decommission(deviceId, clock.now());
      // The broker may keep it: a device that comes back takes a version that it has seen for no news.
      if (isGone && talk !== undefined) {
        await tell({ kind: 'nothing-desired', deviceId }).catch((error: unknown) => {
          logger.warn('what was wanted of a device stays at the broker', { deviceId, error: String(error) });
        });
      }
      return isGone;
    },
    async move(deviceId, positionPercent) {
      const { commandId, expiresAtMs } = await windows.move(deviceId, positionPercent, { isRepeat: false });
      return { commandId, expiresAtMs: expiresAtMs! };
    },
    async order(deviceId, command, parameters) {
      const nowMs = clock.now();
      const commandId = idOf(deviceId, command, String(nowMs), String(random()));
      const expiresAtMs = nowMs + commandTtlMs;
      await tell({ kind: 'device-order', deviceId, commandId, command, parameters, expiresAtMs });
      logger.info('device told', { deviceId, command, commandId });
      return { commandId, expiresAtMs };
    },
  };
}

function speechless(): LouverError {
  return new LouverError('E_CONFIG', 'this codec has no word for devices (Codec.talk)');
}
