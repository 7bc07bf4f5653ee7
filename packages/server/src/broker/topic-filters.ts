import { topicMatches } from '@louver/core';

/** Topics remembered before all are forgotten: about 100 devices' times 100 topics, 1 MB. */
const REMEMBERED_TOPICS = 10_000;

/** Whether any of `filters` matches a topic; answers for topics seen before come from a table. */
export function topicFilters(filters: readonly string[]): (topic: string) => boolean {
  const known = new Map<string, boolean>();
  return (topic) => {
    const answer = known.get(topic);
    if (answer !== undefined) return answer;
    const matches = filters.some((filter) => topicMatches(filter, topic));
    if (known.size >= REMEMBERED_TOPICS) known.clear();
    known.set(topic, matches);
    return matches;
  };
}
