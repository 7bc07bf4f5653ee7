// The runner is core's, whose transport is tested with it: one for all packages.
export {
  skipWithoutMosquitto,
  startMosquitto,
  withMosquitto,
  type MosquittoProcess,
  type MosquittoSettings,
} from '../../../core/test/mqtt/mosquitto-process.js';

/** Lines of mosquitto.conf, by the folder for what it persists. */
export const MOSQUITTO_CONFIGS = {
  /** What Debian's package does when it is given a listener. */
  'default configuration': () => ['allow_anonymous true'],
  /** As docs/delivery.md recommends it. */
  tuned: (folder: string) => [
    'allow_anonymous true',
    // What it holds for a server that is away survives a restart of the broker, and a crash but for the last second.
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 1',
    // Default 1,000: more are dropped, although the device had its acknowledgement.
    'max_queued_messages 0',
    // Without it, a command waits 40 ms for the acknowledgement of the packet before it.
    'set_tcp_nodelay true',
  ],
} as const;
