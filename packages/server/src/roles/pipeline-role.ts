import { createPipeline, type Context } from '@louver/core';
import { pipelineParts } from '../assemble/pipeline-parts.js';
import { modelNotices } from '../assemble/served-model.js';
import type { ServerConfig } from '../config/server-config.js';
import { makeDataDirectory } from '../data-directory.js';
import { Announcer } from '../home-assistant/announcer.js';
import { packageVersion } from '../package-version.js';
import type { RunningRole } from './role.js';

/** Roles `all` and `ingest`: takes readings in, stores them, and decides or asks. */
export async function pipelineRole(config: ServerConfig, context: Context): Promise<RunningRole> {
  await makeDataDirectory(config.dataDir);
  const { options, storage, embedded, recordings, broker, demoLogin, model, served } = await pipelineParts(
    config,
    context,
  );
  const pipeline = createPipeline(options);
  const { homeAssistant, topics } = config;
  const announcer =
    homeAssistant &&
    new Announcer({ ...homeAssistant, transport: options.transport, topics, version: packageVersion(), context });
  if (announcer !== undefined) pipeline.on('device', (row, event) => announcer.observe(row, event));
  return {
    pipeline,
    reader: storage.reader,
    recordings,
    embedded,
    demoLogin,
    mqttPort: () => broker?.port,
    model,
    served,
    health: () => ({ ...pipeline.health(), notices: served === undefined ? [] : modelNotices(served) }),
    async open() {
      await pipeline.open();
      announcer?.begin();
      if (config.model.path === 'none')
        context.logger.warn('started without a model: readings are stored, nothing is decided');
    },
    close() {
      announcer?.close();
      return pipeline.close();
    },
  };
}
