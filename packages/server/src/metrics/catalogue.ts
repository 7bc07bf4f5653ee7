/** How one metric is exposed. Names are those that the parts count by; what is exposed has `louver_` before it and seconds for `_ms`. */
export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence. */
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds, in the exposed unit. */
  readonly buckets?: readonly number[];
}

/** Seconds; from a sync of a fast disk to an outage. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ROWS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];

/** All that Louver counts. docs/metrics.md is made of it. */
export const CATALOGUE: Readonly<Record<string, MetricEntry>> = {
  // What comes in.
  received_total: { type: 'counter', help: 'Messages that are in the journal, each delivery counted.' },
  messages_total: {
    type: 'counter',
    labels: ['kind', 'result'],
    help: 'Messages by what they tell and what became of them: accepted or dead-letter; accepted and found to be a duplicate later; not taken in as there was no room (shed) or the sender may not (refused).',
  },
  decode_errors_total: {
    type: 'counter',
    labels: ['code'],
    help: 'Messages, and members of messages, that could not be decoded, by the code of their dead letter.',
  },
  shed_total: { type: 'counter', help: 'Messages of QoS 0 that were shed while the journal had no room.' },
  duplicates_total: { type: 'counter', labels: ['table'], help: 'Rows that had been taken in before.' },
  live_failed_total: { type: 'counter', help: 'Messages that the live path (detector, listeners) failed on; they are stored.' }, // prettier-ignore
  dead_letters_total: { type: 'counter', labels: ['reason'], help: 'Dead letters, those that storage refused among them.' }, // prettier-ignore
  dead_letters_replayed_total: { type: 'counter', labels: ['reason'], help: 'Dead letters that were taken in again.' },
  codec_notices_total: { type: 'counter', labels: ['kind'], help: 'Messages that are odd and taken all the same.' },
  asked_refused_total: { type: 'counter', labels: ['kind'], help: 'Questions to the server itself that were not answered.' }, // prettier-ignore
  time_requests_total: { type: 'counter', labels: ['outcome'], help: 'Devices that asked for the time (P-34).' },
  stored_acks_total: {
    type: 'counter',
    help: 'Times that a device was told up to where its readings are stored (P-32).',
  },
  transport_shed_total: { type: 'counter', labels: ['transport'], help: 'Messages of QoS 0 that came faster than they could be taken in.' }, // prettier-ignore
  transport_disconnected_total: { type: 'counter', labels: ['transport'], help: 'Connections to the broker that broke off.' }, // prettier-ignore

  // The journal.
  journal_bytes: { type: 'gauge', help: 'Size of the journal on the disk.' },
  journal_max_bytes: { type: 'gauge', help: 'Size at which the journal takes nothing more.' },
  journal_oldest_age_ms: { type: 'gauge', help: 'Age of the oldest message in the journal that is not stored yet.' },
  journal_sync_ms: { type: 'histogram', buckets: SECONDS, help: 'Time that a sync of the journal takes.' },
  journal_append_total: { type: 'counter', help: 'Records written into the journal.' },
  journal_refused_total: { type: 'counter', labels: ['reason'], help: 'Records that the journal had no room for.' },
  journal_damaged_bytes_total: { type: 'counter', labels: ['kind'], help: 'Bytes of the journal that were damaged.' },
  derived_dropped_total: { type: 'counter', help: 'Records of our own that nobody could keep.' },

  // Storage.
  storage_batch_rows: { type: 'histogram', labels: ['table'], buckets: ROWS, help: 'Rows of one insert.' },
  storage_write_ms: { type: 'histogram', labels: ['table'], buckets: SECONDS, help: 'Time that an insert takes.' },
  storage_failed_total: { type: 'counter', labels: ['table', 'code'], help: 'Inserts that failed and are repeated.' },
  storage_looked_up_total: { type: 'counter', labels: ['table'], help: 'Rows in doubt that were looked up.' },
  clickhouse_rows_written_total: { type: 'counter', labels: ['table'], help: 'Rows that ClickHouse has taken.' },
  clickhouse_write_ms: { type: 'histogram', labels: ['table'], buckets: SECONDS, help: 'Time that ClickHouse takes for an insert.' }, // prettier-ignore
  clickhouse_failures_total: { type: 'counter', help: 'Calls to ClickHouse that failed.' },

  // Recordings.
  recordings_kept_total: { type: 'counter', help: 'Recordings kept as files.' },
  recordings_not_kept_total: { type: 'counter', help: 'Recordings whose row is stored without the file.' },
  recordings_removed_total: { type: 'counter', help: 'Recordings removed for their age or for room.' },
  recordings_postponed_total: { type: 'counter', help: 'Recordings that waited for room in memory.' },
  recordings_given_up_total: {
    type: 'counter',
    labels: ['why'],
    help: 'Recordings in parts that were given up (P-9).',
  },
  recordings_of_another_rate_total: { type: 'counter', help: 'Recordings of another sample rate than expected.' },
  recordings_bytes: { type: 'gauge', help: 'Size of the recordings kept as files.' },
  feature_worker_crashes_total: { type: 'counter', help: 'Workers of feature extraction that crashed.' },

  // Decisions.
  detections_total: { type: 'counter', help: 'Changes that the detector has found.' },
  inference_ms: { type: 'histogram', buckets: SECONDS, help: 'Time from asking for a decision to its command.' },
  inference_queue: { type: 'gauge', help: 'Devices whose decision is worked on, or waits.' },
  inference_failed_total: { type: 'counter', labels: ['code'], help: 'Decisions that failed.' },
  inference_superseded_total: { type: 'counter', help: 'Decisions that a newer reading of the device made void.' },
  commands_total: {
    type: 'counter',
    labels: ['source', 'result'],
    help: 'Window commands: of the model or a person, sent, held by the policy, or failed; of others, seen.',
  },
  command_reports_total: { type: 'counter', labels: ['result'], help: 'What windows say became of their commands (P-33).' }, // prettier-ignore
  command_resent_total: { type: 'counter', help: 'Commands sent again to a device that came back (P-24).' },
  predictions_total: { type: 'counter', labels: ['model_version'], help: 'Runs of the model.' },
  predictions_failed_total: { type: 'counter', labels: ['model_version'], help: 'Runs of the model that failed.' },
  predictions_refused_total: { type: 'counter', help: 'Runs of the model that were refused, as too many wait.' },
  predictions_superseded_total: { type: 'counter', help: 'Runs of the model that a newer question made void.' },
  prediction_ms: { type: 'histogram', labels: ['model_version'], buckets: SECONDS, help: 'Time that a run of the model takes.' }, // prettier-ignore
  prediction_wait_ms: { type: 'histogram', buckets: SECONDS, help: 'Time that a question waits for its run.' },
  prediction_batch_rows: { type: 'histogram', buckets: [1, 2, 4, 8, 16, 32, 64], help: 'Questions in one run.' },
  model_inputs_out_of_range_total: { type: 'counter', labels: ['column'], help: 'Inputs outside of what the model was trained on.' }, // prettier-ignore
  model_swaps_total: { type: 'counter', labels: ['outcome'], help: 'Changes of the model that serves.' },
  model_workers_lost_total: { type: 'counter', help: 'Workers of the model that ended by themselves or hung.' },

  // Role inference.
  requests_total: { type: 'counter', help: 'Requests of other backends (P-20).' },
  requests_refused_total: { type: 'counter', labels: ['reason'], help: 'Requests that could not be decoded.' },
  requests_superseded_total: { type: 'counter', help: 'Requests that a newer one of the device made void.' },
  requests_failed_total: { type: 'counter', labels: ['code'], help: 'Requests that were not answered.' },

  // The embedded broker.
  broker_clients: { type: 'gauge', help: 'Connected clients.' },
  broker_refused_clients_total: { type: 'counter', labels: ['return_code'], help: 'Clients refused at CONNECT.' },
  broker_dropped_connections_total: { type: 'counter', help: 'Connections refused, as there are too many.' },
  broker_refused_packets_total: { type: 'counter', help: 'Packets over the limit; their connections ended.' },
  broker_refused_publishes_total: { type: 'counter', help: 'Messages that their sender may not publish.' },
  broker_unlogged_publishes_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Own messages that went out before they were durable.',
  },
  broker_held_total: { type: 'counter', help: 'Messages whose acknowledgement waits for room in the journal.' },
  broker_shed_total: { type: 'counter', help: 'Messages of QoS 0 that were shed while there was no room.' },
  broker_offline_dropped_total: { type: 'counter', help: 'Messages for absent subscribers, beyond their bound.' },
  broker_retained_dropped_total: { type: 'counter', help: 'Retained messages beyond their bound.' },
  broker_lost_wills_total: { type: 'counter', help: 'Last wills that could not be published.' },
  broker_expired_sessions_total: { type: 'counter', help: 'Sessions that were not taken up again.' },
  broker_unkept_total: { type: 'counter', help: 'Changes of sessions that could not be written to the disk.' },
  broker_set_aside_total: { type: 'counter', help: 'Broken databases of sessions that were set aside.' },

  // HTTP.
  http_requests_total: { type: 'counter', labels: ['route', 'status'], help: 'Requests answered.' },
  http_request_ms: { type: 'histogram', labels: ['route', 'status'], buckets: SECONDS, help: 'Time to the answer.' },

  // Looked at when somebody asks.
  devices: { type: 'gauge', labels: ['state'], help: 'Devices that are in use: active, or silent for too long.' },
  component_up: { type: 'gauge', labels: ['component'], help: 'Whether a part does its work, as /readyz says.' },
  event_loop_delay_ms: {
    type: 'gauge',
    labels: ['stat'],
    help: 'How late timers were since the last scrape: p50, p99 and max.',
  },
  build_info: { type: 'gauge', labels: ['version', 'role'], help: 'Always 1.' },
  metrics_refused_total: { type: 'counter', help: 'Counts that found no room: too many label values of one metric.' },
};
