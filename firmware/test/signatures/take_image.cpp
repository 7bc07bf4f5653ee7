// `take-image KEY.pem BOARD FILE < MANIFEST`: a device that is offered an image, with the dialer and the verifier of the board, and a file for a slot. It prints
// each state that it would publish. Time runs five times as fast.
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "esp_host_dialer.h"
#include "mbedtls_verifier.h"
#include "ota.h"

// FreeRTOS here: a task is a thread, and ends when its function does.
namespace {

struct Task {
  void (*code)(void*);
  void* argument;
};

void* runTask(void* given) {
  const Task task = *static_cast<Task*>(given);
  delete static_cast<Task*>(given);
  task.code(task.argument);
  return nullptr;
}

}  // namespace

BaseType_t xTaskCreate(void (*code)(void*), const char*, uint32_t, void* argument, UBaseType_t, TaskHandle_t*) {
  pthread_t thread;
  if (pthread_create(&thread, nullptr, &runTask, new Task{code, argument}) != 0) return pdPASS + 1;
  pthread_detach(thread);
  return pdPASS;
}

void vTaskDelete(TaskHandle_t) {}

namespace {

struct FastClock : louver::Ticks {
  uint32_t nowMs() override {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 5 * static_cast<uint32_t>(now.tv_sec * 1000 + now.tv_nsec / 1000000);
  }
};

struct Dice : louver::Random {
  uint32_t state = 1;
  uint32_t next() override { return state = state * 1664525 + 1013904223; }
};

struct FileSlots : louver::UpdateSlots {
  FILE* file;
  bool hasRestarted = false;
  explicit FileSlots(FILE* to) : file(to) {}
  uint32_t capacity() const override { return 0x170000; }
  bool begin(uint32_t) override { return true; }
  bool write(uint32_t offset, const uint8_t* from, uint32_t length) override {
    return fseek(file, static_cast<long>(offset), SEEK_SET) == 0 && fwrite(from, 1, length, file) == length;
  }
  bool switchBoot() override { return fflush(file) == 0; }
  void markValid() override {}
  bool onTrial() const override { return false; }
  void restart() override { hasRestarted = true; }
  void abort() override {}
  uint32_t tried() const override { return 0; }
  bool setTried(uint32_t) override { return true; }
};

size_t readAll(FILE* file, char* to, size_t capacity) {
  const size_t length = file == nullptr ? 0 : fread(to, 1, capacity - 1, file);
  to[length] = '\0';
  return length;
}

}  // namespace

int main(int count, char** arguments) {
  static char key[4096];
  static char manifest[4096];
  FILE* const keyFile = count == 4 ? fopen(arguments[1], "r") : nullptr;
  FILE* const slot = count == 4 ? fopen(arguments[3], "w") : nullptr;
  if (slot == nullptr || readAll(keyFile, key, sizeof key) == 0) {
    fprintf(stderr, "take-image: expected the file of a public key, the name of a board, a file to write, and a manifest on standard input\n");
    return 2;
  }
  const size_t length = readAll(stdin, manifest, sizeof manifest);
  setvbuf(stdout, nullptr, _IOLBF, 0);

  louver::EspHostDialer dialer;
  louver::MbedtlsVerifier verifier(key);
  FileSlots slots(slot);
  FastClock ticks;
  Dice random;
  const louver::OtaPorts ports{dialer, slots, verifier, ticks, random};
  const louver::RunningImage running = {arguments[2], "1.2.9", 4};
  louver::Ota ota(ports, running);
  ota.begin();
  ota.contact();
  ota.offer({manifest, length});
  bool isFailed = false;
  while (!isFailed && !slots.hasRestarted) {
    if (ota.hasNews()) {
      char state[louver::Ota::kStateBytes];
      louver::Text text(state, sizeof state);
      ota.writeState(&text);
      printf("%s\n", state);
      isFailed = strstr(state, "\"FAILED\"") != nullptr;
    }
    ota.poll();
    usleep(100);
  }
  fclose(keyFile);
  return fclose(slot) != 0 || isFailed ? 1 : 0;
}
