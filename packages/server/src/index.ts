export { ROLES, mayPublish, mayRead, maySubscribe, type Identity, type Role } from './broker/access-list.js';
export type { BrokerTransportOptions, Credentials } from './broker/broker-options.js';
export { brokerTransport, type BrokerTransport } from './broker/broker-transport.js';
export { loadConfig, type LoadConfigOptions } from './config/load-config.js';
export type { ApiToken, ApiTokenFile } from './config/api-token.js';
export type {
  ClickhouseConfig,
  LogLevel,
  Login,
  ModelConfig,
  MqttConfig,
  ServerConfig,
  ThresholdConfig,
} from './config/server-config.js';
export type { ConfigFlags, Environment } from './config/sources.js';
export { jsonLogger } from './logging.js';
export { startServer, type RunningServer, type ServerOverrides } from './server.js';
