import { defaultContext, localEngine, type ModelContract } from '@louver/core';
import type { ServerConfig } from '../config/server-config.js';
import { featuresOf } from './decision.js';

/**
 * Holds what a model asks of whoever feeds it against what a server with this configuration has, by the engine that would ask it. Rejects
 * with `E_MODEL` in words. Resolves with what was found, in words.
 */
export async function checkContract(config: Pick<ServerConfig, 'audio'>, contract: ModelContract): Promise<string> {
  const features = featuresOf(config);
  const engine = localEngine({
    features,
    predictor: {
      ...contract,
      name: 'contract',
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      predict: () => Promise.reject(new Error('a contract alone predicts nothing')),
    },
  });
  await engine.open(defaultContext());
  await engine.close();
  const audio = contract.columns.filter(({ name }) => features.names.includes(name)).length;
  const provided = `${contract.columns.length} columns provided`;
  if (audio === 0) return `${provided}, none of them of sound`;
  if (contract.recipe !== undefined) return `${provided}, recipe ${contract.recipe} is the one that is computed`;
  return `${provided}; whether sound was analysed the same way in training is not known: the manifest names no recipe`;
}
