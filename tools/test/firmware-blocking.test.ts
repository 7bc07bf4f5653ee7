import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CHECK = fileURLToPath(new URL('../../firmware/test/blocking.mjs', import.meta.url));

/** What stands in a function of a sketch, and the call that is to be found in it. */
const WAITING = [
  ['delay(11);', 'delay'],
  ['delay(1000);', 'delay'],
  ['constexpr uint32_t kPauseMs = 50; delay(kPauseMs);', 'delay'],
  ['delay(settings.pauseMs);', 'delay'],
  ['for (int i = 0; i < 100; ++i) delay(5);', 'delay'],
  ['for (int i = 0; i < 100; ++i) { step(); delay(5); }', 'delay'],
  ['if (bad) { delay (2000); }', 'delay'],
  ['std::this_thread::sleep_for(pause);', 'sleep_for'],
  ['::usleep(20000);', 'usleep'],
  ['delayMicroseconds(20000);', 'delayMicroseconds'],
  ['vTaskDelay(pdMS_TO_TICKS(100));', 'vTaskDelay'],
  ['vTaskDelay(20 / portTICK_PERIOD_MS);', 'vTaskDelay'],
  ['vTaskDelayUntil(&last, 1);', 'vTaskDelayUntil'],
  ['size_t n = client.readBytes(to, 10);', 'readBytes'],
  ["String line = Serial.readStringUntil('\\n');", 'readStringUntil'],
  ['const uint32_t us = pulseIn(4, HIGH);', 'pulseIn'],
  ['Serial.flush();', 'flush'],
  ['while (!Serial.available());', 'loop'],
  ['while (!client.available()) { yield(); }', 'loop'],
  ['while (!client.available()) { if (millis() - begin > 5000) return; }', 'loop'],
  ['while (WiFi.status() != WL_CONNECTED) delay(10);', 'loop'],
  ['do { step(); } while (digitalRead(4) == HIGH);', 'loop'],
  ['for (uint32_t at = millis(); millis() - at < 500;) step();', 'loop'],
  ['while (!isDone_) { }', 'loop'],
  ['while (!isDone_) { esp_task_wdt_reset(); continue; }', 'loop'],
  ['for (;;) step();', 'loop'],
  ['while (true) { step(); }', 'loop'],
  ['while (1) step();', 'loop'],
  ['i2s_channel_read(channel, to, sizeof to, &got, portMAX_DELAY);', 'i2s_channel_read'],
  ['i2s_channel_read(channel, to, sizeof to, &got, 1000);', 'i2s_channel_read'],
  ['i2s_read(I2S_NUM_0, to, sizeof to, &got, pdMS_TO_TICKS(100));', 'i2s_read'],
  ['xSemaphoreTake(mutex, portMAX_DELAY);', 'xSemaphoreTake'],
  ['ulTaskNotifyTake(pdTRUE, timeout);', 'ulTaskNotifyTake'],
  ['if (xQueueReceive(queue, &item, pdMS_TO_TICKS(11)) == pdTRUE) step();', 'xQueueReceive'],
  ['const int got = recv(socket, to, sizeof to, 0);', 'recv'],
  ['return send(socket, from, length, 0);', 'send'],
  ['esp_tls_conn_read(connection, to, length);', 'esp_tls_conn_read'],
  ['client.connect(host, 1883);', 'connect'],
  ['getaddrinfo(host, port, &hints, &found);', 'getaddrinfo'],
  ['esp_tls_conn_new_sync(host, 4, 8883, &config, tls);', 'esp_tls_conn_new_sync'],
  ['esp_http_client_perform(client);', 'esp_http_client_perform'],
  ['Wire.requestFrom(0x44, 6);', 'requestFrom'],
  ['Wire.setTimeOut(50); Wire.endTransmission();', 'endTransmission'],
  ['esp_partition_erase_range(partition, 0, 4096);', 'esp_partition_erase_range'],
  ['if (ok && flash_.erase(0)) step();', 'erase'],
  ['preferences.putUInt("boot", boot);', 'putUInt'],
  ['mbedtls_pk_verify(&key, md, digest, 32, signature, length);', 'mbedtls_pk_verify'],
] as const;

/** Nothing waits here. */
const GOOD = [
  'delay(10);',
  'delayMicroseconds(150);',
  'constexpr uint32_t kPauseMs = 5; delay(kPauseMs);',
  'i2s_channel_read(channel, to, sizeof to, &got, 0);',
  'xSemaphoreTake(mutex, 0);',
  'fcntl(socket, F_SETFL, O_NONBLOCK); recv(socket, to, sizeof to, 0);',
  'Wire.setTimeOut(5); Wire.endTransmission(); Wire.requestFrom(0x44, 6);',
  'for (int i = 0; i < 10; ++i) step(i);',
  'for (uint8_t byte : bytes) step(byte);',
  'while (length > 0) { step(); --length; }',
  'do { step(); } while (rest > 0); step();',
  '// delay(1000);',
  '/* while (!Serial.available()); */',
  'const char* text = "delay(1000); while (true)";',
  'if (Serial.available() > 0) step(Serial.read());',
  'sensor.send(1, 2);',
  'if (client.connect()) step();',
  'const uint32_t now = millis();',
] as const;

const folder = mkdtempSync(join(tmpdir(), 'louver-blocking-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is said about each of these bodies, each being a function of a file of its own. */
function said(bodies: readonly string[], name: string): string[][] {
  const files = bodies.map((body, at) => {
    const file = join(folder, `${name}-${at}.ino`);
    writeFileSync(file, `#include <Arduino.h>\n\nstruct Part {\n  void turn() {\n    ${body}\n  }\n};\n`);
    return file;
  });
  const { stderr } = spawnSync(process.execPath, [CHECK, ...files], { encoding: 'utf8' });
  return files.map((file) => stderr.split('\n').filter((line) => line.startsWith(`${file}:5: `)));
}

describe('what would hold the loop of a device', () => {
  let found: string[][];
  beforeAll(() => {
    found = said(
      WAITING.map(([body]) => body),
      'waiting',
    );
  });
  for (const [at, [body, call]] of WAITING.entries()) {
    test(`is found: ${body}`, () => {
      expect(found[at]?.some((line) => line.includes(`: ${call} in Part::turn `))).toBe(true);
    });
  }
});

test('what does not wait is not found', () => {
  const found = said(GOOD, 'good');
  expect(Object.fromEntries(GOOD.map((body, at) => [body, found[at]]))).toEqual(
    Object.fromEntries(GOOD.map((body) => [body, []])),
  );
});

test('core, board and sketches wait nowhere but where they may, and the guide names those places', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [CHECK], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\d\d+ files, \d+ places that may wait$/m);
  expect(status).toBe(0);
});
