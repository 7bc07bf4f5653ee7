export const REPLAY_PATH = '/api/dead-letters/replay';
export const MODEL_PATH = '/api/model';
export const ROLL_BACK_PATH = '/api/model/rollback';

/** The requests that come with a body. */
export const WITH_BODY: ReadonlySet<string> = new Set([
  `POST ${REPLAY_PATH}`,
  `PUT ${MODEL_PATH}`,
  `POST ${ROLL_BACK_PATH}`,
]);
