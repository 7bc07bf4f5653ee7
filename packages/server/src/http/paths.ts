export const REPLAY_PATH = '/api/dead-letters/replay';
export const MODEL_PATH = '/api/model';
export const ROLL_BACK_PATH = '/api/model/rollback';

export const DEVICE_PATH = '/api/devices/:id';
export const COMMANDS_PATH = '/api/devices/:id/commands';
export const CONFIG_PATH = '/api/devices/:id/config';

const WITH_BODY: ReadonlySet<string> = new Set([`POST ${REPLAY_PATH}`, `PUT ${MODEL_PATH}`, `POST ${ROLL_BACK_PATH}`]);
const OF_A_DEVICE = /^(POST \/api\/devices\/[^/]+\/commands|PUT \/api\/devices\/[^/]+\/config)$/;

/** Whether the request comes with a body. */
export function takesBody(method: string, path: string): boolean {
  const request = `${method} ${path}`;
  return WITH_BODY.has(request) || OF_A_DEVICE.test(request);
}
