/**
 * Bounds of the protocol that both sides keep to. The firmware's header, the schemas and the defaults of the codec are made from them.
 * Lengths in characters or bytes as named, times in ms.
 */
export const PROTOCOL_LIMITS = {
  /** Longest device id, in characters. */
  deviceIdLength: 64,
  /** Longest name of a quantity, in characters [P-7]. */
  quantityLength: 64,
  /** Longest id of a command or request, in characters: ids become keys of maps and columns; ours have 32, others' may be UUIDs or paths. */
  idLength: 256,
  /** Longest payload of anything but a recording, in bytes [P-6]. */
  scalarBytes: 65_536,
  /** Longest payload with a recording, in bytes [P-6]; also the longest recording in parts [P-9]. */
  audioBytes: 2_097_152,
  /** How far a device's clock may run ahead of the time of receipt [P-5a]. */
  maxAheadMs: 300_000,
  /** 2000-01-01T00:00:00Z: an earlier stamp is that of a clock which was never set [P-5a]. */
  neverSetBeforeMs: 946_684_800_000,
  /** Longest name of a recording in parts, in characters of `A-Z a-z 0-9 _ . -` [P-9]. */
  fileNameLength: 32,
  /** How long the parts of a recording wait for its end [P-9]. */
  fileLifetimeMs: 60_000,
  /** Longest round trip of a request for the time that is believed [P-37]. */
  timeRoundTripMs: 10_000,
  /** Longest version of an image, in characters, and longest URL of one: a device holds both while it fetches [P-38]. */
  otaVersionLength: 20,
  otaUrlLength: 80,
  /** Longest manifest, in bytes: with the longest topic it still fits into the 512 bytes that a device keeps for a packet [P-38]. */
  otaManifestBytes: 432,
  /** Largest `seq`, `boot` and `version`. */
  uint32: 4_294_967_295,
} as const;

/** What well-known physical quantities may be: sensors on the market end at -70 and +150 °C, beyond that it is a wiring fault or another unit [P-6]. */
export const PHYSICAL_RANGES = {
  temperature: { min: -100, max: 200, unit: 'Celsius' },
  humidity: { min: 0, max: 100, unit: 'percent' },
} as const;

/** Names under `sensor/{device_id}/` that are never a quantity [P-7]. */
export const RESERVED_NAMES: readonly string[] = ['audio', 'status', 'info', 'ack', 'config', 'time', 'ota', 'event'];

/** How a command for the window ended [P-33]. */
export const WINDOW_RESULTS = ['done', 'moving', 'rejected', 'expired'] as const;

/** Who a command for the window comes from [P-23]. */
export const COMMAND_SOURCES = ['model', 'manual', 'rule', 'failsafe'] as const;

/** What a device says of itself, and what its last will says [P-30]. */
export const DEVICE_STATUSES = ['online', 'offline'] as const;

/** Commands to the device itself [P-35], with the range of their parameters. */
export const DEVICE_COMMANDS = {
  set_sampling_rate: { rate_seconds: { min: 1, max: 86_400, unit: 's' } },
  record_now: {},
  restart: {},
  report: {},
  identify: {},
} as const;

/** Where an update of the firmware stands [P-38]. */
export const OTA_STATES = ['DOWNLOADING', 'DOWNLOADED', 'VERIFIED', 'UPDATING', 'UPDATED', 'FAILED'] as const;
