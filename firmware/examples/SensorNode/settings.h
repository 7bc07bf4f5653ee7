// Yours. Nobody else needs to see this file.
#ifndef SETTINGS_H
#define SETTINGS_H

constexpr char kDeviceId[] = "esp32-1";  // A-Z a-z 0-9 _ . : - and at most 64 of them; each device another one.
constexpr char kWifiName[] = "your WiFi";
constexpr char kWifiPassword[] = "its password";
constexpr char kBroker[] = "192.168.1.10";
constexpr uint16_t kBrokerPort = 1883;  // 8883 with TLS.
// PEM of the authority that signed the broker's certificate, for TLS; nullptr: plain TCP, in a network that you trust.
constexpr const char* kAuthority = nullptr;
// A user of the broker: `louver user add`. nullptr: none.
constexpr const char* kUsername = nullptr;
constexpr const char* kPassword = nullptr;

#endif
