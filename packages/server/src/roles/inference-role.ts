import { LouverError, type Context } from '@louver/core';
import { createInferenceService } from '@louver/ml';
import { codecOf } from '../assemble/codec.js';
import { decisionOf } from '../assemble/decision.js';
import { messagesOf } from '../assemble/messages.js';
import { modelInWords, modelNotices } from '../assemble/served-model.js';
import type { ServerConfig } from '../config/server-config.js';
import type { RunningRole } from './role.js';

/** Role `inference`: answers requests at a broker. Opens no journal and no database, and makes no folder. */
export async function inferenceRole(config: ServerConfig, context: Context): Promise<RunningRole> {
  const decision = await decisionOf(config);
  if (decision === undefined)
    throw new LouverError('E_CONFIG', 'role inference needs a model: found none (model.path)');
  const { transport, demoLogin } = await messagesOf(config, context);
  const { engine, served } = decision;
  const service = createInferenceService({
    transport,
    codec: codecOf(config, context),
    engine,
    ...config.health,
    context,
  });
  return {
    service,
    demoLogin,
    mqttPort: () => undefined,
    model: () => modelInWords(served),
    served,
    health: () => ({ ...service.health(), notices: modelNotices(served) }),
    open: () => service.open(),
    close: () => service.close(),
  };
}
