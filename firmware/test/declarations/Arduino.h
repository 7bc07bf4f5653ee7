#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HIGH 1
#define LOW 0
#define INPUT 0x01
#define OUTPUT 0x03
#define INPUT_PULLUP 0x05
#define FALLING 0x02
#define CHANGE 0x03
#define IRAM_ATTR
#define LED_BUILTIN 2

unsigned long millis();
void configTime(long offsetS, int daylightOffsetS, const char* server);
unsigned long micros();
void delayMicroseconds(uint32_t us);
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t value);
int digitalRead(uint8_t pin);
void attachInterruptArg(uint8_t pin, void (*handler)(void*), void* arg, int mode);
void detachInterrupt(uint8_t pin);
bool ledcAttach(uint8_t pin, uint32_t frequency, uint8_t resolution);
bool ledcWrite(uint8_t pin, uint32_t duty);
void noInterrupts();
void interrupts();
void setup();
void loop();

struct EspClass {
  void restart();
  uint32_t getFreeHeap();
};
extern EspClass ESP;

struct HardwareSerial {
  void begin(unsigned long baud);
  size_t println(const char* text);
  size_t print(const char* text);
  int printf(const char* format, ...) __attribute__((format(printf, 2, 3)));
};
extern HardwareSerial Serial;

class String {
 public:
  String(const char* text = "");
  const char* c_str() const;
  unsigned int length() const;
};
