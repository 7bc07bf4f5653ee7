// One mosquitto runner for all packages' tests; core has no other to borrow from.
export {
  skipWithoutMosquitto,
  startMosquitto,
  withMosquitto,
  type MosquittoProcess,
  type MosquittoSettings,
} from '../../../core/test/mqtt/mosquitto-process.js';
