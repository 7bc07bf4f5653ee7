// What may hold the loop for more than 10 ms, or looks as if it did, and why. docs/firmware.md names the same places.

/** The loop waits. */
const WAITS = [
  ['src/core/flash_log.cpp', 'FlashLog::startSector', 'erase', '45 ms, once for each 4 kB: about 40 readings'],
  [
    'src/board/esp_flash.h',
    'PartitionFlash::erase',
    'esp_partition_erase_range',
    'what FlashLog::startSector asks for',
  ],
  [
    'src/board/esp_flash.h',
    'PartitionFlash::program',
    'esp_partition_write',
    '11 ms for a record of 4 kB, 0.5 ms for a reading',
  ],
  [
    'src/board/esp_board.h',
    'EspStore::save',
    'putBytes',
    'up to 45 ms, with each command or configuration that is obeyed',
  ],
  [
    'src/board/esp_update.cpp',
    'EspUpdateSlots::begin',
    'esp_ota_begin',
    'erases nothing yet: OTA_WITH_SEQUENTIAL_WRITES',
  ],
  [
    'src/board/esp_update.cpp',
    'EspUpdateSlots::write',
    'esp_ota_write',
    '45 ms for each 4 kB, which it erases as it goes',
  ],
  [
    'src/board/esp_update.cpp',
    'EspUpdateSlots::switchBoot',
    'esp_ota_end',
    'about 1 s, once before the restart: reads it all again',
  ],
  [
    'src/board/esp_update.cpp',
    'EspUpdateSlots::setTried',
    'putUInt',
    'up to 45 ms, once for an update, before the restart',
  ],
  ['src/board/mbedtls_verifier.cpp', 'MbedtlsVerifier::verify', 'mbedtls_pk_verify', 'some 300 ms, once for an update'],
];

/** Runs once, before the loop. */
const IN_SETUP = [
  [
    'src/board/esp_lcd.cpp',
    'I2cLcd::setup',
    'delayMicroseconds',
    '7 ms in all, as the controller wants it after power-on',
  ],
];

/** The task that dials waits, and the loop does not. */
const IN_A_TASK = [
  ['src/board/esp_dialer.cpp', 'EspDialer::taskMain', 'loop', 'is the task'],
  ['src/board/esp_dialer.cpp', 'EspDialer::taskMain', 'ulTaskNotifyTake', 'until there is something to dial'],
  ['src/board/esp_dialer.cpp', 'EspDialer::joinWifi', 'loop', 'at most 20 s, by the clock'],
  ['src/board/esp_dialer.cpp', 'EspDialer::joinWifi', 'vTaskDelay', 'between two looks at the WiFi'],
  ['src/board/esp_host_dialer.cpp', 'EspHostDialer::dial', 'getaddrinfo', 'for the name of a server of images'],
  ['src/board/esp_host_dialer.cpp', 'EspHostDialer::dial', 'connect', 'until the network gives it up'],
  ['src/board/esp_dialer.cpp', 'EspDialer::dial', 'esp_tls_conn_new_sync', 'at most 10 s: `timeout_ms`'],
];

/** Ends, though its condition does not say so. */
const ENDS = [
  ['src/core/flash_log.cpp', 'FlashLog::step', 'loop', 'each round is the next record or sector, up to the newest'],
  ['src/core/json_in.cpp', 'JsonObject::nested', 'loop', 'each round takes a character of the text, or returns'],
];

const permit = ([file, place, call, why]) => ({ file, place, call, why });
export const PERMITTED = [...WAITS, ...IN_SETUP, ...IN_A_TASK, ...ENDS].map(permit);
/** Of these a reader of docs/firmware.md wants to know. */
export const HOLDS_THE_LOOP = new Set([...WAITS, ...IN_SETUP].map(([, place]) => place));
