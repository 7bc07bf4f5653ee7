// Generated from the *.json beside this file: do not edit, run `npm run generate`. What the fields mean is told in vectors.h.
#ifndef LOUVER_TEST_VECTORS_GENERATED_H
#define LOUVER_TEST_VECTORS_GENERATED_H

#include "vectors.h"

namespace louver {
namespace vectors {

static const TimeVector kTimes[] = {
    {"1970-01-01T00:00:00.000Z", true, 0LL, true},
    {"1970-01-01T00:00:00.001Z", true, 1LL, true},
    {"1970-01-01T00:00:00.999Z", true, 999LL, true},
    {"1970-01-01T00:00:01.000Z", true, 1000LL, true},
    {"2000-02-28T23:59:59.999Z", true, 951782399999LL, true},
    {"2000-02-29T00:00:00.000Z", true, 951782400000LL, true},
    {"2000-01-01T00:00:00.000Z", true, 946684800000LL, true},
    {"1999-12-31T23:59:59.999Z", true, 946684799999LL, true},
    {"2025-10-24T12:00:00.250Z", true, 1761307200250LL, true},
    {"2024-02-29T00:00:00.000Z", true, 1709164800000LL, true},
    {"2024-02-29T23:59:59.999Z", true, 1709251199999LL, true},
    {"2099-12-31T23:59:59.999Z", true, 4102444799999LL, true},
    {"2100-02-28T23:59:59.999Z", true, 4107542399999LL, true},
    {"2100-03-01T00:00:00.000Z", true, 4107542400000LL, true},
    {"9999-12-31T23:59:59.999Z", true, 253402300799999LL, true},
    {"2038-01-19T03:14:07.000Z", true, 2147483647000LL, true},
    {"2038-01-19T03:14:08.000Z", true, 2147483648000LL, true},
    {"2106-02-07T06:28:16.000Z", true, 4294967296000LL, true},
    {"2024-12-31T23:59:59.999Z", true, 1735689599999LL, true},
    {"2025-10-24T12:00:00Z", true, 1761307200000LL, false},
    {"2025-10-24t12:00:00z", true, 1761307200000LL, false},
    {"2025-10-24T12:00:00.5Z", true, 1761307200500LL, false},
    {"2025-10-24T12:00:00.25Z", true, 1761307200250LL, false},
    {"2025-10-24T12:00:00.2509999Z", true, 1761307200250LL, false},
    {"2025-10-24T12:00:00.123456789123Z", true, 1761307200123LL, false},
    {"2025-10-24T14:00:00+02:00", true, 1761307200000LL, false},
    {"2025-10-24T00:30:00-05:30", true, 1761285600000LL, false},
    {"2024-02-29T23:59:59.999-00:00", true, 1709251199999LL, false},
    {"2025-12-31T23:30:00-01:00", true, 1767227400000LL, false},
    {"1969-12-31T23:59:59.999Z", true, -1LL, false},
    {"2016-12-31T23:59:60Z", true, 1483228800000LL, false},
    {"2016-12-31T18:59:60.5-05:00", true, 1483228800500LL, false},
    {"", false, 0LL, false},
    {"2025-10-24", false, 0LL, false},
    {"2025-10-24T12:00:00", false, 0LL, false},
    {"2025-10-24 12:00:00Z", false, 0LL, false},
    {"2025-02-29T00:00:00Z", false, 0LL, false},
    {"1900-02-29T00:00:00Z", false, 0LL, false},
    {"2025-02-30T00:00:00Z", false, 0LL, false},
    {"2025-13-01T00:00:00Z", false, 0LL, false},
    {"2025-00-01T00:00:00Z", false, 0LL, false},
    {"2025-01-00T00:00:00Z", false, 0LL, false},
    {"2025-04-31T00:00:00Z", false, 0LL, false},
    {"2025-10-24T24:00:00Z", false, 0LL, false},
    {"2025-10-24T12:60:00Z", false, 0LL, false},
    {"2025-10-24T12:00:60Z", false, 0LL, false},
    {"2025-10-24T12:00:61Z", false, 0LL, false},
    {"2025-10-24T12:00:00.Z", false, 0LL, false},
    {"2025-10-24T12:00:00+0200", false, 0LL, false},
    {"2025-10-24T12:00:00+24:00", false, 0LL, false},
    {"2025-10-24T12:00:00+02:60", false, 0LL, false},
    {"2025-10-24T12:00:00Z ", false, 0LL, false},
    {" 2025-10-24T12:00:00Z", false, 0LL, false},
    {"2025-10-24T12:00:00ZZ", false, 0LL, false},
    {"2025-10-24T12:00:00,5Z", false, 0LL, false},
    {"2025/10/24T12:00:00Z", false, 0LL, false},
    {"25-10-24T12:00:00Z", false, 0LL, false},
    {"+025-10-24T12:00:00Z", false, 0LL, false},
    {"2025-1a-24T12:00:00Z", false, 0LL, false},
    {"1761307200000", false, 0LL, false},
    {"2025-10-24T12:00:00.000000000000000000000000000000000000000000000000000000000000Z", false, 0LL, false},
};
constexpr size_t kTimeCount = sizeof(kTimes) / sizeof(kTimes[0]);

static const NumberVector kNumbers[] = {
    {0, 0, "0"},
    {0, 2, "0.00"},
    {1, 0, "1"},
    {-1, 0, "-1"},
    {2550, 2, "25.50"},
    {2550, 1, "255.0"},
    {5, 2, "0.05"},
    {-5, 2, "-0.05"},
    {-50, 2, "-0.50"},
    {100, 2, "1.00"},
    {-100, 2, "-1.00"},
    {1, 3, "0.001"},
    {999, 3, "0.999"},
    {1000, 3, "1.000"},
    {-12345, 3, "-12.345"},
    {10000, 2, "100.00"},
    {2147483647, 0, "2147483647"},
    {(-2147483647 - 1), 0, "-2147483648"},
    {2147483647, 2, "21474836.47"},
    {(-2147483647 - 1), 2, "-21474836.48"},
    {2147483647, 9, "2.147483647"},
    {(-2147483647 - 1), 9, "-2.147483648"},
};
constexpr size_t kNumberCount = sizeof(kNumbers) / sizeof(kNumbers[0]);

static const DecimalVector kDecimals[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"0.0", true, 0},
    {"75.5", true, 75500},
    {"75.500", true, 75500},
    {"100", true, 100000},
    {"100.0", true, 100000},
    {"-40.125", true, -40125},
    {"25.500000", true, 25500},
    {"7.55e1", true, 75500},
    {"7.55E+1", true, 75500},
    {"755e-1", true, 75500},
    {"1e-7", true, 0},
    {"0.001", true, 1},
    {"-0.001", true, -1},
    {"2147483.647", true, 2147483647},
    {"-2147483.647", true, -2147483647},
    {"2.147483647e6", true, 2147483647},
    {"0.0000000000000000000001", true, 0},
    {"1E2", true, 100000},
    {"0e5", true, 0},
    {"0e999999999999", true, 0},
    {"", false, 0},
    {"-", false, 0},
    {"+1", false, 0},
    {".5", false, 0},
    {"1.", false, 0},
    {"1.e2", false, 0},
    {"01", false, 0},
    {"-01", false, 0},
    {"1e", false, 0},
    {"1e+", false, 0},
    {"0x10", false, 0},
    {"NaN", false, 0},
    {"Infinity", false, 0},
    {"-Infinity", false, 0},
    {"1 ", false, 0},
    {" 1", false, 0},
    {"1,5", false, 0},
    {"2147483.648", false, 0},
    {"-2147483.649", false, 0},
    {"1e999", false, 0},
    {"1e999999999999", false, 0},
    {"99999999999999999999", false, 0},
    {"--1", false, 0},
    {"1-1", false, 0},
    {"1.2.3", false, 0},
};
constexpr size_t kDecimalCount = sizeof(kDecimals) / sizeof(kDecimals[0]);

static const ScalarVector kScalars[] = {
    {"as the protocol writes it", 2550, 2, 1761307200250LL, 17U, 2864434397U, "{\"value\":25.50,\"timestamp\":\"2025-10-24T12:00:00.250Z\",\"seq\":17,\"boot\":2864434397}"},
    {"without a known time", 2550, 2, kNone, 17U, 2864434397U, "{\"value\":25.50,\"seq\":17,\"boot\":2864434397}"},
    {"below zero, above minus one", -5, 2, 1761307200250LL, 0U, 0U, "{\"value\":-0.05,\"timestamp\":\"2025-10-24T12:00:00.250Z\",\"seq\":0,\"boot\":0}"},
    {"no decimals", 612, 0, 1761307200250LL, 4294967295U, 4294967295U, "{\"value\":612,\"timestamp\":\"2025-10-24T12:00:00.250Z\",\"seq\":4294967295,\"boot\":4294967295}"},
    {"one decimal of a DHT22", 601, 1, 1761307200250LL, 4294967295U, 1U, "{\"value\":60.1,\"timestamp\":\"2025-10-24T12:00:00.250Z\",\"seq\":4294967295,\"boot\":1}"},
    {"coldest", -10000, 2, 946684800000LL, 2147483648U, 2147483647U, "{\"value\":-100.00,\"timestamp\":\"2000-01-01T00:00:00.000Z\",\"seq\":2147483648,\"boot\":2147483647}"},
    {"the end of a leap day", 20000, 2, 1835481599999LL, 1U, 2U, "{\"value\":200.00,\"timestamp\":\"2028-02-29T23:59:59.999Z\",\"seq\":1,\"boot\":2}"},
    {"zero", 0, 2, 1735689600000LL, 1U, 2U, "{\"value\":0.00,\"timestamp\":\"2025-01-01T00:00:00.000Z\",\"seq\":1,\"boot\":2}"},
};
constexpr size_t kScalarCount = sizeof(kScalars) / sizeof(kScalars[0]);

static const int16_t kAudios0Samples[] = {0};
static const int16_t kAudios1Samples[] = {0, 1000};
static const int16_t kAudios2Samples[] = {-1, 32767, -32768};
static const int16_t kAudios3Samples[] = {0, 100, -100, 7};
static const AudioVector kAudios[] = {
    {"one sample, base64 without padding: 46 bytes leave one =", kAudios0Samples, 1U, 16000U, 1761307200250LL, 0U, 7U, "{\"data\":\"UklGRiYAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQIAAAAAAA==\",\"sample_rate\":16000,\"duration\":0.000,\"timestamp\":\"2025-10-24T12:00:00.250Z\",\"seq\":0,\"boot\":7}", 168U, "ad6fee7fa0a6828c38da4679558d58f7a41c29a64566af4b142887f652c3ceab"},
    {"two samples", kAudios1Samples, 2U, 16000U, 1761307200250LL, 1U, 7U, "{\"data\":\"UklGRigAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQQAAAAAAOgD\",\"sample_rate\":16000,\"duration\":0.000,\"timestamp\":\"2025-10-24T12:00:00.250Z\",\"seq\":1,\"boot\":7}", 168U, "5722fd2dbb38fdb305de657df56085a95f794e5e36f732883f4329794c830bd5"},
    {"three samples", kAudios2Samples, 3U, 8000U, 1761307200250LL, 2U, 7U, "{\"data\":\"UklGRioAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQYAAAD///9/AIA=\",\"sample_rate\":8000,\"duration\":0.000,\"timestamp\":\"2025-10-24T12:00:00.250Z\",\"seq\":2,\"boot\":7}", 171U, "265b36066a095f96fb873bf2ed5c4483fe18f36982fc33e9eebfff183257c5fa"},
    {"four samples, without a known time", kAudios3Samples, 4U, 44100U, kNone, 4294967295U, 4294967295U, "{\"data\":\"UklGRiwAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQgAAAAAAGQAnP8HAA==\",\"sample_rate\":44100,\"duration\":0.000,\"seq\":4294967295,\"boot\":4294967295}", 155U, "ac7067108666fbb7070e60ee74cbd18c0fc5d9fdd820f6abcb07aea5bad3b199"},
    {"0.3 s of 11,025 Hz: a duration that is cut", nullptr, 3308U, 11025U, 1761307200250LL, 3U, 7U, nullptr, 8984U, "4fef8a084075da6ac8874b27f9fd4f88365955ccd49aca63f0084e84e0047fc6"},
    {"2 s of 16,000 Hz", nullptr, 32000U, 16000U, 1761307200250LL, 4U, 7U, nullptr, 85496U, "cce570f44d23a37c56430f09a77bc111bc2c2bb9cdf3dcf9dd41129add93ce09"},
    {"10 s of 16,000 Hz", nullptr, 160000U, 16000U, 1761307210000LL, 5U, 7U, nullptr, 426833U, "b9f91a2cc40ed4479d859af4b1edc3305278cb53cf758d0d24609fdf03e288f5"},
};
constexpr size_t kAudioCount = sizeof(kAudios) / sizeof(kAudios[0]);

static const ControlVector kControls[] = {
    {"P-21 as the specification writes it", "{\"device_id\": \"dev-1\", \"timestamp\": \"2025-10-24T12:00:00Z\", \"position\": 75.5, \"confidence\": 0.92, \"features_used\": {\"temperature\": 25.5, \"humidity\": 60.0, \"audio_features\": [\"mfcc_mean\", \"spectral_centroid\", \"rms\"]}}", 216U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 7550U, "", 1761307200000LL, kNone},
    {"P-23 our own", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00.000Z\",\"position\":40,\"confidence\":1,\"features_used\":{\"temperature\":20,\"humidity\":50,\"audio_features\":[]},\"command_id\":\"c-1\",\"request_id\":\"r-1\",\"model_version\":\"v1.0.0\",\"inference_time_ms\":0.25,\"audio_hash\":\"ab\",\"expires_at\":\"2025-10-24T12:05:00.000Z\",\"source\":\"model\"}", 321U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 4000U, "c-1", 1761307200000LL, 1761307500000LL},
    {"white space and another order of members", "\012{ \"position\" :\0111e2 ,\015\012\"timestamp\":\"2025-10-24T12:00:00Z\" }\012", 60U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 10000U, "", 1761307200000LL, kNone},
    {"closed", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":0,\"command_id\":\"c-2\"}", 88U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 0U, "c-2", 1761307200000LL, kNone},
    {"an offset", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T14:00:00+02:00\",\"position\":75.5,\"command_id\":\"c-3\"}", 96U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 7550U, "c-3", 1761307200000LL, kNone},
    {"an escaped command id", "{\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":1,\"command_id\":\"a\\u0041\\\"\\/\\\\\"}", 78U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 100U, "aA\"/\\", 1761307200000LL, kNone},
    {"without a time: that of receipt", "{\"position\": 12.25}", 19U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 1225U, "", kNone, kNone},
    {"expires_at null and empty are none", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":3,\"expires_at\":null}", 87U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 300U, "", 1761307200000LL, kNone},
    {"members that are not known, nested deep", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"x\":{\"a\":[{\"b\":[1,2,{\"c\":null}]}]},\"y\":[],\"command_id\":\"c-4\"}", 133U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 7550U, "c-4", 1761307200000LL, kNone},
    {"P-24 retained", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00.000Z\",\"position\":40,\"confidence\":1,\"features_used\":{\"temperature\":20,\"humidity\":50,\"audio_features\":[]},\"command_id\":\"c-1\",\"request_id\":\"r-1\",\"model_version\":\"v1.0.0\",\"inference_time_ms\":0.25,\"audio_hash\":\"ab\",\"expires_at\":\"2025-10-24T12:05:00.000Z\",\"source\":\"model\"}", 321U, true, 1761307230000LL, kNone, "", ControlOutcome::kIgnored, 0U, "", kNone, kNone},
    {"P-24 expired", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"command_id\":\"c-5\",\"expires_at\":\"2025-10-24T12:00:29.999Z\"}", 131U, false, 1761307230000LL, kNone, "", ControlOutcome::kExpired, 7550U, "c-5", 1761307200000LL, 1761307229999LL},
    {"P-24 expires now", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"command_id\":\"c-5\",\"expires_at\":\"2025-10-24T12:00:30Z\"}", 127U, false, 1761307230000LL, kNone, "", ControlOutcome::kExpired, 7550U, "c-5", 1761307200000LL, 1761307230000LL},
    {"P-24 expires in a millisecond", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"command_id\":\"c-5\",\"expires_at\":\"2025-10-24T12:00:30.001Z\"}", 131U, false, 1761307230000LL, kNone, "", ControlOutcome::kObeyed, 7550U, "c-5", 1761307200000LL, 1761307230001LL},
    {"P-24 older than the last", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"command_id\":\"c-6\"}", 91U, false, 1761307230000LL, 1761307200001LL, "c-5", ControlOutcome::kRejected, 7550U, "c-6", 1761307200000LL, kNone},
    {"P-24 as old as the last", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"command_id\":\"c-6\"}", 91U, false, 1761307230000LL, 1761307200000LL, "c-5", ControlOutcome::kObeyed, 7550U, "c-6", 1761307200000LL, kNone},
    {"the same command again", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"command_id\":\"c-6\"}", 91U, false, 1761307230000LL, 1761307200000LL, "c-6", ControlOutcome::kConfirmed, 7550U, "c-6", 1761307200000LL, kNone},
    {"the same command again, expired by now", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"command_id\":\"c-6\",\"expires_at\":\"2025-10-24T12:00:10Z\"}", 127U, false, 1761307230000LL, 1761307200000LL, "c-6", ControlOutcome::kConfirmed, 7550U, "c-6", 1761307200000LL, 1761307210000LL},
    {"beyond open", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":100.01}", 74U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"below closed", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":-0.01}", 73U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"far beyond open", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":1e+300}", 74U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"no position", "{\"timestamp\":\"2025-10-24T12:00:00Z\"}", 36U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a position as text", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":\"75.5\"}", 74U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a position of null", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":null}", 72U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a position of true", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":true}", 72U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"an expiry that cannot be read", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"expires_at\":\"soon\"}", 92U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"an expiry as a number", "{\"device_id\":\"dev-1\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"position\":75.5,\"expires_at\":1761307200000}", 99U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a time that cannot be read", "{\"device_id\":\"dev-1\",\"timestamp\":\"yesterday\",\"position\":75.5}", 61U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a time as a number", "{\"device_id\":\"dev-1\",\"timestamp\":5,\"position\":75.5}", 51U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"nothing", "", 0U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a number", "75.5", 4U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"an array", "[75.5]", 6U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"null", "null", 4U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"NaN", "{\"position\":NaN}", 16U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"cut", "{\"device_id\": \"dev-1\", \"timestamp\": \"2025-10-24T12:00:00Z\", \"position\": 75.5, \"confidence\": 0.92, \"features_used\": {\"temperature\": 25.5, \"humidity\": 60.0, \"audio_features\": [\"mfcc_mean\", \"spectral_centroid\", \"rms\"]}", 215U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"cut in a text", "{\"device_id\": \"dev-1\", \"timest", 30U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"cut in a number", "{\"position\":75.", 15U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"something behind it", "{\"device_id\": \"dev-1\", \"timestamp\": \"2025-10-24T12:00:00Z\", \"position\": 75.5, \"confidence\": 0.92, \"features_used\": {\"temperature\": 25.5, \"humidity\": 60.0, \"audio_features\": [\"mfcc_mean\", \"spectral_centroid\", \"rms\"]}}x", 217U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a comma too many", "{\"position\":5,}", 15U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"no colon", "{\"position\" 5}", 14U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"single quotes", "{'position':5}", 14U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a bare control character", "{\"position\":5,\"x\":\"\001\"}", 22U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"not UTF-8", "{\"position\":5,\"x\":\"\377\376\"}", 23U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"an overlong UTF-8 form", "{\"position\":5,\"x\":\"\300\257\"}", 23U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"half of an escape", "{\"position\":5,\"x\":\"\\u00\"}", 25U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a zero byte", "{\"position\":5}\000", 15U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"nested too deep", "{\"position\":5,\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", 99U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a leading zero", "{\"position\":05}", 15U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
    {"a brace too many", "{\"position\":5}}", 15U, false, 1761307230000LL, kNone, "", ControlOutcome::kRejected, 0U, "", kNone, kNone},
};
constexpr size_t kControlCount = sizeof(kControls) / sizeof(kControls[0]);

static const ConfigValue kConfigs0Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs0After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs1Before[] = {{"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs1After[] = {{"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}, {"version", 1000LL}};
static const ConfigValue kConfigs2Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs2After[] = {{"version", 3000LL}, {"interval_s", 60000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs3Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs3After[] = {{"version", 4294967295000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 0LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs4Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs4After[] = {{"version", 9000LL}, {"interval_s", 10000LL}, {"audio_interval_s", 20000LL}, {"recording_s", 3000LL}, {"failsafe_position", 12500LL}, {"failsafe_after_s", 40000LL}, {"slew_percent_per_s", 2500LL}, {"switch_on_above", 30250LL}, {"switch_off_below", -5125LL}};
static const ConfigValue kConfigs5Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs5After[] = {{"version", 3000LL}, {"interval_s", 45000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs6Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs6After[] = {{"version", 3000LL}, {"interval_s", 45000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 12500LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs7Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs7After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs8Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs8After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs9Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs9After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs10Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs10After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs11Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs11After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs12Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs12After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs13Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs13After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs14Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs14After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs15Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs15After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs16Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs16After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs17Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs17After[] = {{"version", 3000LL}, {"interval_s", 1000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs18Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs18After[] = {{"version", 3000LL}, {"interval_s", 86400000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs19Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs19After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 0LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs20Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs20After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 86400000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs21Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs21After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 1000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs22Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs22After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 40000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs23Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs23After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs24Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs24After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 100000LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs25Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs25After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 0LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs26Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs26After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 86400000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs27Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs27After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 100LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs28Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs28After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 100000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs29Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs29After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 200000LL}, {"switch_off_below", -100000LL}};
static const ConfigValue kConfigs30Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs30After[] = {{"version", 3000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 20000LL}, {"switch_off_below", 20000LL}};
static const ConfigValue kConfigs31Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs31After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs32Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs32After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs33Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs33After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs34Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs34After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs35Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs35After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs36Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs36After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs37Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs37After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs38Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs38After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs39Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs39After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs40Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs40After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs41Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs41After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs42Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs42After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs43Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs43After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs44Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs44After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs45Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs45After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs46Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs46After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs47Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs47After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs48Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs48After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs49Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs49After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs50Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs50After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs51Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs51After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs52Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs52After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs53Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs53After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs54Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs54After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs55Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs55After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs56Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs56After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs57Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs57After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs58Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs58After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs59Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs59After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs60Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs60After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs61Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs61After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs62Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs62After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs63Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs63After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs64Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs64After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs65Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs65After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs66Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs66After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs67Before[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigValue kConfigs67After[] = {{"version", 2000LL}, {"interval_s", 30000LL}, {"audio_interval_s", 600000LL}, {"recording_s", 2000LL}, {"failsafe_position", 0LL}, {"failsafe_after_s", 600000LL}, {"slew_percent_per_s", 5000LL}, {"switch_on_above", 28500LL}, {"switch_off_below", 27500LL}};
static const ConfigVector kConfigs[] = {
    {"as the protocol writes it", kConfigs0Before, 9U, "{\"version\": 3, \"interval_s\": 30, \"audio_interval_s\": 600, \"recording_s\": 2, \"failsafe_position\": 0, \"failsafe_after_s\": 600, \"slew_percent_per_s\": 5, \"switch_on_above\": 28.5, \"switch_off_below\": 27.5}", 200U, true, "", kConfigs0After, 9U, ""},
    {"the first of all", kConfigs1Before, 8U, "{\"version\":1}", 13U, true, "", kConfigs1After, 9U, ""},
    {"one member, the others stay", kConfigs2Before, 9U, "{\"version\":3,\"interval_s\":60}", 29U, true, "", kConfigs2After, 9U, ""},
    {"the newest version there is", kConfigs3Before, 9U, "{\"version\":4294967295,\"audio_interval_s\":0}", 43U, true, "", kConfigs3After, 9U, ""},
    {"every member at once", kConfigs4Before, 9U, "{\"version\":9,\"interval_s\":10,\"audio_interval_s\":20,\"recording_s\":3,\"failsafe_position\":12.5,\"failsafe_after_s\":40,\"slew_percent_per_s\":2.5,\"switch_on_above\":30.25,\"switch_off_below\":-5.125}", 189U, true, "", kConfigs4After, 9U, ""},
    {"members that are not known are named", kConfigs5Before, 9U, "{\"version\":3,\"interval_s\":45,\"colour\":\"red\",\"deep\":{\"x\":[1]}}", 61U, true, "", kConfigs5After, 9U, "colour,deep"},
    {"numbers in other spellings", kConfigs6Before, 9U, "{\"version\":3e0,\"interval_s\":45.0,\"failsafe_position\":1.25e1}", 60U, true, "", kConfigs6After, 9U, ""},
    {"the same version", kConfigs7Before, 9U, "{\"version\":2,\"interval_s\":60}", 29U, false, "not newer", kConfigs7After, 9U, ""},
    {"an older version", kConfigs8Before, 9U, "{\"version\":1,\"interval_s\":60}", 29U, false, "not newer", kConfigs8After, 9U, ""},
    {"version 0", kConfigs9Before, 9U, "{\"version\":0}", 13U, false, "version out of range 1..4294967295", kConfigs9After, 9U, ""},
    {"version -1", kConfigs10Before, 9U, "{\"version\":-1}", 14U, false, "version out of range 1..4294967295", kConfigs10After, 9U, ""},
    {"version 1.5", kConfigs11Before, 9U, "{\"version\":1.5}", 15U, false, "version out of range 1..4294967295", kConfigs11After, 9U, ""},
    {"version 4294967296", kConfigs12Before, 9U, "{\"version\":4294967296}", 22U, false, "version out of range 1..4294967295", kConfigs12After, 9U, ""},
    {"version 3", kConfigs13Before, 9U, "{\"version\":\"3\"}", 15U, false, "version out of range 1..4294967295", kConfigs13After, 9U, ""},
    {"version None", kConfigs14Before, 9U, "{\"version\":null}", 16U, false, "version out of range 1..4294967295", kConfigs14After, 9U, ""},
    {"version True", kConfigs15Before, 9U, "{\"version\":true}", 16U, false, "version out of range 1..4294967295", kConfigs15After, 9U, ""},
    {"no version", kConfigs16Before, 9U, "{\"interval_s\":60}", 17U, false, "version out of range 1..4294967295", kConfigs16After, 9U, ""},
    {"interval_s at its end 1", kConfigs17Before, 9U, "{\"version\":3,\"interval_s\":1}", 28U, true, "", kConfigs17After, 9U, ""},
    {"interval_s at its end 86400", kConfigs18Before, 9U, "{\"version\":3,\"interval_s\":86400}", 32U, true, "", kConfigs18After, 9U, ""},
    {"audio_interval_s at its end 0", kConfigs19Before, 9U, "{\"version\":3,\"audio_interval_s\":0}", 34U, true, "", kConfigs19After, 9U, ""},
    {"audio_interval_s at its end 86400", kConfigs20Before, 9U, "{\"version\":3,\"audio_interval_s\":86400}", 38U, true, "", kConfigs20After, 9U, ""},
    {"recording_s at its end 1", kConfigs21Before, 9U, "{\"version\":3,\"recording_s\":1}", 29U, true, "", kConfigs21After, 9U, ""},
    {"recording_s at its end 40", kConfigs22Before, 9U, "{\"version\":3,\"recording_s\":40}", 30U, true, "", kConfigs22After, 9U, ""},
    {"failsafe_position at its end 0", kConfigs23Before, 9U, "{\"version\":3,\"failsafe_position\":0}", 35U, true, "", kConfigs23After, 9U, ""},
    {"failsafe_position at its end 100", kConfigs24Before, 9U, "{\"version\":3,\"failsafe_position\":100}", 37U, true, "", kConfigs24After, 9U, ""},
    {"failsafe_after_s at its end 0", kConfigs25Before, 9U, "{\"version\":3,\"failsafe_after_s\":0}", 34U, true, "", kConfigs25After, 9U, ""},
    {"failsafe_after_s at its end 86400", kConfigs26Before, 9U, "{\"version\":3,\"failsafe_after_s\":86400}", 38U, true, "", kConfigs26After, 9U, ""},
    {"slew_percent_per_s at its end 0.1", kConfigs27Before, 9U, "{\"version\":3,\"slew_percent_per_s\":0.1}", 38U, true, "", kConfigs27After, 9U, ""},
    {"slew_percent_per_s at its end 100", kConfigs28Before, 9U, "{\"version\":3,\"slew_percent_per_s\":100}", 38U, true, "", kConfigs28After, 9U, ""},
    {"the switch at both ends", kConfigs29Before, 9U, "{\"version\":3,\"switch_on_above\":200,\"switch_off_below\":-100}", 59U, true, "", kConfigs29After, 9U, ""},
    {"the switch without a gap", kConfigs30Before, 9U, "{\"version\":3,\"switch_on_above\":20,\"switch_off_below\":20}", 56U, true, "", kConfigs30After, 9U, ""},
    {"interval_s is 0", kConfigs31Before, 9U, "{\"version\":3,\"interval_s\":0}", 28U, false, "interval_s out of range 1..86400", kConfigs31After, 9U, ""},
    {"interval_s is 86401", kConfigs32Before, 9U, "{\"version\":3,\"interval_s\":86401}", 32U, false, "interval_s out of range 1..86400", kConfigs32After, 9U, ""},
    {"interval_s is 5", kConfigs33Before, 9U, "{\"version\":3,\"interval_s\":\"5\"}", 30U, false, "interval_s out of range 1..86400", kConfigs33After, 9U, ""},
    {"interval_s is None", kConfigs34Before, 9U, "{\"version\":3,\"interval_s\":null}", 31U, false, "interval_s out of range 1..86400", kConfigs34After, 9U, ""},
    {"audio_interval_s is -1", kConfigs35Before, 9U, "{\"version\":3,\"audio_interval_s\":-1}", 35U, false, "audio_interval_s out of range 0..86400", kConfigs35After, 9U, ""},
    {"audio_interval_s is 86401", kConfigs36Before, 9U, "{\"version\":3,\"audio_interval_s\":86401}", 38U, false, "audio_interval_s out of range 0..86400", kConfigs36After, 9U, ""},
    {"audio_interval_s is 5", kConfigs37Before, 9U, "{\"version\":3,\"audio_interval_s\":\"5\"}", 36U, false, "audio_interval_s out of range 0..86400", kConfigs37After, 9U, ""},
    {"audio_interval_s is None", kConfigs38Before, 9U, "{\"version\":3,\"audio_interval_s\":null}", 37U, false, "audio_interval_s out of range 0..86400", kConfigs38After, 9U, ""},
    {"recording_s is 0", kConfigs39Before, 9U, "{\"version\":3,\"recording_s\":0}", 29U, false, "recording_s out of range 1..40", kConfigs39After, 9U, ""},
    {"recording_s is 41", kConfigs40Before, 9U, "{\"version\":3,\"recording_s\":41}", 30U, false, "recording_s out of range 1..40", kConfigs40After, 9U, ""},
    {"recording_s is 5", kConfigs41Before, 9U, "{\"version\":3,\"recording_s\":\"5\"}", 31U, false, "recording_s out of range 1..40", kConfigs41After, 9U, ""},
    {"recording_s is None", kConfigs42Before, 9U, "{\"version\":3,\"recording_s\":null}", 32U, false, "recording_s out of range 1..40", kConfigs42After, 9U, ""},
    {"failsafe_position is -1", kConfigs43Before, 9U, "{\"version\":3,\"failsafe_position\":-1}", 36U, false, "failsafe_position out of range 0..100", kConfigs43After, 9U, ""},
    {"failsafe_position is 101", kConfigs44Before, 9U, "{\"version\":3,\"failsafe_position\":101}", 37U, false, "failsafe_position out of range 0..100", kConfigs44After, 9U, ""},
    {"failsafe_position is 5", kConfigs45Before, 9U, "{\"version\":3,\"failsafe_position\":\"5\"}", 37U, false, "failsafe_position out of range 0..100", kConfigs45After, 9U, ""},
    {"failsafe_position is None", kConfigs46Before, 9U, "{\"version\":3,\"failsafe_position\":null}", 38U, false, "failsafe_position out of range 0..100", kConfigs46After, 9U, ""},
    {"failsafe_after_s is -1", kConfigs47Before, 9U, "{\"version\":3,\"failsafe_after_s\":-1}", 35U, false, "failsafe_after_s out of range 0..86400", kConfigs47After, 9U, ""},
    {"failsafe_after_s is 86401", kConfigs48Before, 9U, "{\"version\":3,\"failsafe_after_s\":86401}", 38U, false, "failsafe_after_s out of range 0..86400", kConfigs48After, 9U, ""},
    {"failsafe_after_s is 5", kConfigs49Before, 9U, "{\"version\":3,\"failsafe_after_s\":\"5\"}", 36U, false, "failsafe_after_s out of range 0..86400", kConfigs49After, 9U, ""},
    {"failsafe_after_s is None", kConfigs50Before, 9U, "{\"version\":3,\"failsafe_after_s\":null}", 37U, false, "failsafe_after_s out of range 0..86400", kConfigs50After, 9U, ""},
    {"slew_percent_per_s is 0.05", kConfigs51Before, 9U, "{\"version\":3,\"slew_percent_per_s\":0.05}", 39U, false, "slew_percent_per_s out of range 0.1..100", kConfigs51After, 9U, ""},
    {"slew_percent_per_s is 101", kConfigs52Before, 9U, "{\"version\":3,\"slew_percent_per_s\":101}", 38U, false, "slew_percent_per_s out of range 0.1..100", kConfigs52After, 9U, ""},
    {"slew_percent_per_s is 5", kConfigs53Before, 9U, "{\"version\":3,\"slew_percent_per_s\":\"5\"}", 38U, false, "slew_percent_per_s out of range 0.1..100", kConfigs53After, 9U, ""},
    {"slew_percent_per_s is None", kConfigs54Before, 9U, "{\"version\":3,\"slew_percent_per_s\":null}", 39U, false, "slew_percent_per_s out of range 0.1..100", kConfigs54After, 9U, ""},
    {"interval_s in parts", kConfigs55Before, 9U, "{\"version\":3,\"interval_s\":2.5}", 30U, false, "interval_s out of range 1..86400", kConfigs55After, 9U, ""},
    {"audio_interval_s in parts", kConfigs56Before, 9U, "{\"version\":3,\"audio_interval_s\":2.5}", 36U, false, "audio_interval_s out of range 0..86400", kConfigs56After, 9U, ""},
    {"recording_s in parts", kConfigs57Before, 9U, "{\"version\":3,\"recording_s\":2.5}", 31U, false, "recording_s out of range 1..40", kConfigs57After, 9U, ""},
    {"failsafe_after_s in parts", kConfigs58Before, 9U, "{\"version\":3,\"failsafe_after_s\":2.5}", 36U, false, "failsafe_after_s out of range 0..86400", kConfigs58After, 9U, ""},
    {"a switch that is too hot", kConfigs59Before, 9U, "{\"version\":3,\"switch_on_above\":200.5}", 37U, false, "switch_on_above out of range -100..200", kConfigs59After, 9U, ""},
    {"a switch that is too cold", kConfigs60Before, 9U, "{\"version\":3,\"switch_off_below\":-100.5}", 39U, false, "switch_off_below out of range -100..200", kConfigs60After, 9U, ""},
    {"a switch that would never be still", kConfigs61Before, 9U, "{\"version\":3,\"switch_off_below\":29}", 35U, false, "switch_off_below above switch_on_above", kConfigs61After, 9U, ""},
    {"one that is wrong spoils the rest", kConfigs62Before, 9U, "{\"version\":3,\"interval_s\":60,\"recording_s\":41}", 46U, false, "recording_s out of range 1..40", kConfigs62After, 9U, ""},
    {"not JSON: nothing", kConfigs63Before, 9U, "", 0U, false, "not JSON", kConfigs63After, 9U, ""},
    {"not JSON: a word", kConfigs64Before, 9U, "soon", 4U, false, "not JSON", kConfigs64After, 9U, ""},
    {"not JSON: an array", kConfigs65Before, 9U, "[3]", 3U, false, "not JSON", kConfigs65After, 9U, ""},
    {"not JSON: cut", kConfigs66Before, 9U, "{\"version\":3,\"interval_s\":6", 27U, false, "not JSON", kConfigs66After, 9U, ""},
    {"not JSON: not UTF-8", kConfigs67Before, 9U, "{\"version\":3,\"x\":\"\377\"}", 21U, false, "not JSON", kConfigs67After, 9U, ""},
};
constexpr size_t kConfigCount = sizeof(kConfigs) / sizeof(kConfigs[0]);

static const CommandVector kCommands[] = {
    {"P-35 as the protocol writes it", "{\"command\": \"set_sampling_rate\", \"parameters\": {\"rate_seconds\": 60}}", 68U, 1761307230000LL, CommandOutcome::kAccepted, "set_sampling_rate", 60U, ""},
    {"the parameters first", "{\"parameters\":{\"rate_seconds\":1},\"command\":\"set_sampling_rate\"}", 63U, 1761307230000LL, CommandOutcome::kAccepted, "set_sampling_rate", 1U, ""},
    {"the slowest", "{\"command\":\"set_sampling_rate\",\"parameters\":{\"rate_seconds\":86400}}", 67U, 1761307230000LL, CommandOutcome::kAccepted, "set_sampling_rate", 86400U, ""},
    {"record_now", "{\"command\":\"record_now\"}", 24U, 1761307230000LL, CommandOutcome::kAccepted, "record_now", 0U, ""},
    {"restart", "{\"command\":\"restart\"}", 21U, 1761307230000LL, CommandOutcome::kAccepted, "restart", 0U, ""},
    {"report", "{\"command\":\"report\"}", 20U, 1761307230000LL, CommandOutcome::kAccepted, "report", 0U, ""},
    {"identify", "{\"command\":\"identify\"}", 22U, 1761307230000LL, CommandOutcome::kAccepted, "identify", 0U, ""},
    {"with empty parameters", "{\"command\":\"restart\",\"parameters\":{}}", 37U, 1761307230000LL, CommandOutcome::kAccepted, "restart", 0U, ""},
    {"with id and expiry", "{\"command\":\"report\",\"command_id\":\"d-1\",\"expires_at\":\"2025-10-24T12:05:00Z\"}", 75U, 1761307230000LL, CommandOutcome::kAccepted, "report", 0U, "d-1"},
    {"expired", "{\"command\":\"restart\",\"command_id\":\"d-2\",\"expires_at\":\"2025-10-24T12:00:00Z\"}", 76U, 1761307230000LL, CommandOutcome::kExpired, "restart", 0U, "d-2"},
    {"refused: too fast", "{\"command\":\"set_sampling_rate\",\"parameters\":{\"rate_seconds\":0}}", 63U, 1761307230000LL, CommandOutcome::kRefused, "set_sampling_rate", 0U, ""},
    {"refused: too slow", "{\"command\":\"set_sampling_rate\",\"parameters\":{\"rate_seconds\":86401}}", 67U, 1761307230000LL, CommandOutcome::kRefused, "set_sampling_rate", 0U, ""},
    {"refused: in parts", "{\"command\":\"set_sampling_rate\",\"parameters\":{\"rate_seconds\":1.5}}", 65U, 1761307230000LL, CommandOutcome::kRefused, "set_sampling_rate", 0U, ""},
    {"refused: as text", "{\"command\":\"set_sampling_rate\",\"parameters\":{\"rate_seconds\":\"60\"}}", 66U, 1761307230000LL, CommandOutcome::kRefused, "set_sampling_rate", 0U, ""},
    {"refused: without its parameters", "{\"command\":\"set_sampling_rate\"}", 31U, 1761307230000LL, CommandOutcome::kRefused, "set_sampling_rate", 0U, ""},
    {"refused: parameters that are none", "{\"command\":\"set_sampling_rate\",\"parameters\":60}", 47U, 1761307230000LL, CommandOutcome::kRefused, "set_sampling_rate", 0U, ""},
    {"refused: not known", "{\"command\":\"format_flash\"}", 26U, 1761307230000LL, CommandOutcome::kRefused, "format_flash", 0U, ""},
    {"refused: a command that is no text", "{\"command\":5}", 13U, 1761307230000LL, CommandOutcome::kRefused, "", 0U, ""},
    {"refused: no command", "{}", 2U, 1761307230000LL, CommandOutcome::kRefused, "", 0U, ""},
    {"refused: nothing", "", 0U, 1761307230000LL, CommandOutcome::kRefused, "", 0U, ""},
    {"refused: cut", "{\"command\":\"restart\"", 20U, 1761307230000LL, CommandOutcome::kRefused, "", 0U, ""},
    {"refused: an array", "[\"restart\"]", 11U, 1761307230000LL, CommandOutcome::kRefused, "", 0U, ""},
};
constexpr size_t kCommandCount = sizeof(kCommands) / sizeof(kCommands[0]);

static const AckVector kAcks[] = {
    {"P-32 as the backend writes it", "{\"v\":1,\"boot\":2864434397,\"seq\":17}", 34U, true, 2864434397U, 17U},
    {"the least", "{\"v\":1,\"boot\":0,\"seq\":0}", 24U, true, 0U, 0U},
    {"the most", "{\"v\":1,\"boot\":4294967295,\"seq\":4294967295}", 42U, true, 4294967295U, 4294967295U},
    {"another order, white space and more members", " { \"seq\" : 5, \"x\": {\"y\": 1}, \"boot\" : 7, \"v\" : 1 } ", 51U, true, 7U, 5U},
    {"another version", "{\"v\":2,\"boot\":7,\"seq\":5}", 24U, false, 0U, 0U},
    {"no version", "{\"boot\":7,\"seq\":5}", 18U, false, 0U, 0U},
    {"no boot", "{\"v\":1,\"seq\":5}", 15U, false, 0U, 0U},
    {"no seq", "{\"v\":1,\"boot\":7}", 16U, false, 0U, 0U},
    {"too large", "{\"v\":1,\"boot\":7,\"seq\":4294967296}", 33U, false, 0U, 0U},
    {"below zero", "{\"v\":1,\"boot\":7,\"seq\":-1}", 25U, false, 0U, 0U},
    {"in parts", "{\"v\":1,\"boot\":7,\"seq\":1.5}", 26U, false, 0U, 0U},
    {"as text", "{\"v\":1,\"boot\":7,\"seq\":\"5\"}", 26U, false, 0U, 0U},
    {"null", "{\"v\":1,\"boot\":null,\"seq\":5}", 27U, false, 0U, 0U},
    {"nothing", "", 0U, false, 0U, 0U},
    {"cut", "{\"v\":1,\"boot\":7,\"seq\":5", 23U, false, 0U, 0U},
};
constexpr size_t kAckCount = sizeof(kAcks) / sizeof(kAcks[0]);

static const TimeResponseVector kTimeResponses[] = {
    {"at once", 5000LL, 5000LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", 85U, true, 1761307200000LL},
    {"100 ms on the way, both ways the same", 5000LL, 5100LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", 85U, true, 1761307200050LL},
    {"the server thought for 40 ms of 100", 5000LL, 5100LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200040}", 85U, true, 1761307200070LL},
    {"just quick enough", 5000LL, 15000LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", 85U, true, 1761307205000LL},
    {"asked at 0", 0LL, 200LL, "{\"deviceSendTime\":0,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", 82U, true, 1761307200100LL},
    {"a clock that has run for 40 days", 3456000000LL, 3456000100LL, "{\"deviceSendTime\":3456000000,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", 91U, true, 1761307200050LL},
    {"a device that asks by UTC", 1761307199700LL, 1761307200100LL, "{\"deviceSendTime\":1761307199700,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200200}", 94U, true, 1761307200300LL},
    {"too slow", 5000LL, 15001LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", 85U, false, 0LL},
    {"an answer to another question", 5000LL, 5100LL, "{\"deviceSendTime\":4999,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", 85U, false, 0LL},
    {"the server thought longer than it took", 5000LL, 5100LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200101}", 85U, false, 0LL},
    {"sent before it was received", 5000LL, 5100LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307199999}", 85U, false, 0LL},
    {"a server without a clock", 5000LL, 5100LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":7000,\"serverSendTime\":7000}", 67U, false, 0LL},
    {"no send time", 5000LL, 5100LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000}", 54U, false, 0LL},
    {"no receive time", 5000LL, 5100LL, "{\"deviceSendTime\":5000,\"serverSendTime\":1761307200000}", 54U, false, 0LL},
    {"not which question", 5000LL, 5100LL, "{\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", 63U, false, 0LL},
    {"as text", 5000LL, 5100LL, "{\"deviceSendTime\":5000,\"serverRecvTime\":1761307200000,\"serverSendTime\":\"1761307200000\"}", 87U, false, 0LL},
    {"nothing", 5000LL, 5100LL, "", 0U, false, 0LL},
    {"cut", 5000LL, 5100LL, "{\"deviceSendTime\":5000", 22U, false, 0LL},
};
constexpr size_t kTimeResponseCount = sizeof(kTimeResponses) / sizeof(kTimeResponses[0]);

static const TopicVector kTopics[] = {
    {protocol::kTemperature, "dev-1", "sensor/dev-1/temperature"},
    {protocol::kHumidity, "dev-1", "sensor/dev-1/humidity"},
    {protocol::kAudio, "dev-1", "sensor/dev-1/audio"},
    {protocol::kTelemetry, "dev-1", "devices/dev-1/telemetry"},
    {protocol::kStatus, "dev-1", "sensor/dev-1/status"},
    {protocol::kInfo, "dev-1", "sensor/dev-1/info"},
    {protocol::kAck, "dev-1", "sensor/dev-1/ack"},
    {protocol::kWindowState, "dev-1", "window/dev-1/state"},
    {protocol::kWindowControl, "dev-1", "window/dev-1/control"},
    {protocol::kCommands, "dev-1", "devices/dev-1/commands"},
    {protocol::kConfig, "dev-1", "sensor/dev-1/config"},
    {protocol::kConfigReported, "dev-1", "sensor/dev-1/config/reported"},
    {protocol::kTimeRequest, "dev-1", "sensor/dev-1/time/request"},
    {protocol::kTimeResponse, "dev-1", "sensor/dev-1/time/response"},
    {protocol::kOta, "dev-1", "sensor/dev-1/ota"},
    {protocol::kOtaState, "dev-1", "sensor/dev-1/ota/state"},
    {protocol::kTemperature, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/temperature"},
    {protocol::kHumidity, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/humidity"},
    {protocol::kAudio, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/audio"},
    {protocol::kTelemetry, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "devices/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/telemetry"},
    {protocol::kStatus, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/status"},
    {protocol::kInfo, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/info"},
    {protocol::kAck, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/ack"},
    {protocol::kWindowState, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "window/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/state"},
    {protocol::kWindowControl, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "window/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/control"},
    {protocol::kCommands, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "devices/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/commands"},
    {protocol::kConfig, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/config"},
    {protocol::kConfigReported, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/config/reported"},
    {protocol::kTimeRequest, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/time/request"},
    {protocol::kTimeResponse, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/time/response"},
    {protocol::kOta, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/ota"},
    {protocol::kOtaState, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "sensor/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/ota/state"},
    {protocol::kTemperature, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/temperature"},
    {protocol::kHumidity, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/humidity"},
    {protocol::kAudio, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/audio"},
    {protocol::kTelemetry, "AA:bb:01.x_-", "devices/AA:bb:01.x_-/telemetry"},
    {protocol::kStatus, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/status"},
    {protocol::kInfo, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/info"},
    {protocol::kAck, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/ack"},
    {protocol::kWindowState, "AA:bb:01.x_-", "window/AA:bb:01.x_-/state"},
    {protocol::kWindowControl, "AA:bb:01.x_-", "window/AA:bb:01.x_-/control"},
    {protocol::kCommands, "AA:bb:01.x_-", "devices/AA:bb:01.x_-/commands"},
    {protocol::kConfig, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/config"},
    {protocol::kConfigReported, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/config/reported"},
    {protocol::kTimeRequest, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/time/request"},
    {protocol::kTimeResponse, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/time/response"},
    {protocol::kOta, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/ota"},
    {protocol::kOtaState, "AA:bb:01.x_-", "sensor/AA:bb:01.x_-/ota/state"},
};
constexpr size_t kTopicCount = sizeof(kTopics) / sizeof(kTopics[0]);

static const OtaVector kOtas[] = {
    {"as the protocol writes it", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 4U, 1310720U, true, "louver-ota:v1\012esp32c3\0124\012912384\012188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\012", "d8dcc0c85360cffe2f3c386e28f196dd7be4eba976a979c95c47c99fbb401872", true, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"from an older one", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 3U, 1310720U, true, "louver-ota:v1\012esp32c3\0124\012912384\012188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\012", "d8dcc0c85360cffe2f3c386e28f196dd7be4eba976a979c95c47c99fbb401872", true, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"members that are not known", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\",\"notes\":{\"x\":1}}", 324U, "esp32c3", 4U, 1310720U, true, "louver-ota:v1\012esp32c3\0124\012912384\012188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\012", "d8dcc0c85360cffe2f3c386e28f196dd7be4eba976a979c95c47c99fbb401872", true, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"an image that just fits", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 4U, 912384U, true, "louver-ota:v1\012esp32c3\0124\012912384\012188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\012", "d8dcc0c85360cffe2f3c386e28f196dd7be4eba976a979c95c47c99fbb401872", true, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"another secure version than was signed", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":5,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 4U, 1310720U, true, "louver-ota:v1\012esp32c3\0125\012912384\012188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\012", "703d2c57e6b0316a905c17067e35eb3a7f24efcc05cf53b2fbd60e318f8b8e43", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"another size than was signed", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912385,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 4U, 1310720U, true, "louver-ota:v1\012esp32c3\0124\012912385\012188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\012", "749f6e1ba44ac827b7e035fddc9b50d3b1269aa3ede133b42facbee27ffe5f84", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"another image than was signed", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 4U, 1310720U, true, "louver-ota:v1\012esp32c3\0124\012912384\012ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5\012", "080a60fe6f929af0c13c3beda1c21461fb449e8e208a2bb7666fcbc8942102b4", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"the largest secure version", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4294967295,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 317U, "esp32c3", 4U, 1310720U, true, "louver-ota:v1\012esp32c3\0124294967295\012912384\012188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\012", "cf6620a5213343568cd144cd46a64eb506609d30ed288344db0252f501591ab0", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"for another board", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32s3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"older than what runs", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 5U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"an image that does not fit", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 4U, 912383U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"an image of nothing", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":0,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 303U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"a size as text", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":\"912384\",\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 310U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"no size", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 294U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"no secure version", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 289U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"no hash", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 232U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"a hash that is too short", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"88e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 307U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"a hash that is none", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 308U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"no signature", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4}", 197U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"no url", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 257U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"no version", "{\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 290U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"a secure version below zero", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":-1,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"}", 309U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"nothing", "", 0U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
    {"cut", "{\"version\":\"1.3.0\",\"board\":\"esp32c3\",\"url\":\"http://192.168.1.10:8080/esp32c3-1.3.0.bin\",\"size\":912384,\"sha256\":\"188e42f93de85458c145d0cddd92745bdbe6c65f50fdf39d20c0fa7f0ceeb2d1\",\"secure_version\":4,\"signature\":\"MEQCIFztMdUU5nuYYEf2+0bQjZHCE2dmGZ00gxvDkFTugN87AiAgGpTBXXJEn2brarEbkp+cNItvO+btronz2GDEMpJbGw==\"", 307U, "esp32c3", 4U, 1310720U, false, "", "", false, "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMIPCJjgAeEeAtAekxZjcjfBLEVRTCboJTGKQRQEu8hd27fl1xh71YXPKd0Ab90BOHjf1ZZxau75bFtXOtkoPiA=="},
};
constexpr size_t kOtaCount = sizeof(kOtas) / sizeof(kOtas[0]);

}  // namespace vectors
}  // namespace louver

#endif
