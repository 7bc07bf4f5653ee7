import type { WindowCommand } from '../command.js';
import type { InboundEvent } from '../event.js';
import type { InferenceRequest } from '../inference-engine.js';

/** Legacy services round to two decimals or go through float32; two requests that differ in the air differ by a threshold. */
const SAME_AIR = 0.01;

/** A service that knows nothing of our extensions decided it: not ours, not a person's (P-27). */
export function isLegacy({ source, modelVersion }: WindowCommand): boolean {
  return source === 'external' && modelVersion === undefined;
}

/** Whether a command answers a request: by its id, or as a legacy service's by the air that it was decided from (P-27). */
export function answers(command: WindowCommand, request: InferenceRequest): boolean {
  if (command.requestId !== '') return command.requestId === request.requestId;
  if (!isLegacy(command)) return false;
  const { temperature, humidity } = command.featuresUsed;
  return isSame(temperature, request.scalars['temperature']) && isSame(humidity, request.scalars['humidity']);
}

/** Whether what was read off the wire answers a request, in either form (P-21, P-25). */
export function isAnswer(event: InboundEvent, request: InferenceRequest): boolean {
  if (event.kind === 'inference-answered') return event.answer.requestId === request.requestId;
  return event.kind === 'command-seen' && answers(event.command, request);
}

/** False for what is unknown on either side. */
function isSame(used: number, asked: number | undefined): boolean {
  return asked !== undefined && Math.abs(used - asked) <= SAME_AIR;
}
