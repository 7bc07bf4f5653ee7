/** The one route that reads a body. */
export const REPLAY_PATH = '/api/dead-letters/replay';
