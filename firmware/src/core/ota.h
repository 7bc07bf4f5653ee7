// An image over the air [P-38]: fetched beside the measuring, checked, started on trial, kept when it has met its broker.
#ifndef LOUVER_CORE_OTA_H
#define LOUVER_CORE_OTA_H

#include "back_off.h"
#include "http_head.h"
#include "once.h"
#include "ota_manifest.h"
#include "protocol_generated.h"
#include "sha256.h"

namespace louver {

/// What runs. The texts must outlive their reader.
struct RunningImage {
  const char* board;
  const char* version;
  uint32_t secureVersion;
};

struct OtaPorts {
  HostDialer& dialer;
  UpdateSlots& slots;
  SignatureVerifier& verifier;
  Ticks& ticks;
  Random& random;
};

/**
 * One update at a time. The signature is checked before anything is fetched, length and hash before anything is started: an image that nobody signed
 * costs no flash.
 */
class Ota : public Updater {
 public:
  /// Longest text of `writeState`, with its NUL.
  static constexpr size_t kStateBytes = 144;
  /// How long an image on trial may go without its broker.
  static constexpr uint32_t kTrialMs = 600000;

  /// Both must outlive it.
  Ota(const OtaPorts& ports, const RunningImage& running) : ports_(ports), running_(running) {}

  /// Call once, at the start of the device.
  void begin() override;
  /// The broker has let this device in: an image on trial stays.
  void contact() override;
  /// What was published on `sensor/{id}/ota`; it may come again and again. Empty: withdrawn. Checks a signature: takes as long as that.
  void offer(const Slice& payload) override;
  /// Goes on by at most 512 bytes; call it all the time. May restart the device.
  void poll() override;

  /// There is something to publish.
  bool hasNews() const override { return hasNews_; }
  /// The payload for `sensor/{id}/ota/state`; that is then no news any more.
  void writeState(Text* text) override;

 private:
  /// In the order of kOtaStates from kFetching on; those before it are DOWNLOADING.
  enum class Step : uint32_t { kNone, kTrial, kWaiting, kDialling, kAsking, kHead, kFetching, kDownloaded, kVerified, kUpdating, kUpdated, kFailed };
  /// In the order of its texts.
  enum class Fault : uint8_t { kNone, kWithdrawn, kManifest, kBoard, kTried, kSecureVersion, kSize, kUrl, kSignature, kFlash, kLength, kHash, kDownload };

  static constexpr uint8_t kTries = 20;
  static constexpr uint16_t kSilenceMs = 20000;
  /// Time for the node to publish a state before the next one.
  static constexpr uint16_t kTellMs = 5000;

  LOUVER_ONCE Fault judge(Slice payload);
  LOUVER_ONCE bool takeUrl(Slice url);
  LOUVER_ONCE bool transfer();
  LOUVER_ONCE bool ask();
  LOUVER_ONCE bool receive();
  LOUVER_ONCE void store(const uint8_t* from, uint32_t length);
  LOUVER_ONCE void check();
  LOUVER_ONCE void retry();
  void fail(Fault fault);
  void go(Step step, uint32_t withinMs);
  /// As `go`, to a step that others are told of.
  void tell(Step step);
  bool isActive() const { return step_ >= Step::kWaiting && step_ <= Step::kUpdating; }

  // What is used most is in the first 128 bytes, in words: instructions for that are half as long.
  const OtaPorts& ports_;
  const RunningImage& running_;
  Step step_ = Step::kNone;
  uint32_t dueMs_ = 0;
  uint32_t size_ = 1;
  uint32_t at_ = 0;
  uint32_t bodyLeft_ = 0;
  uint32_t manifest_ = 0;  // CRC of the one that was judged last; 0: none, or one that may be judged again.
  HttpHead head_;
  BackOff backOff_{2000, 60000};
  uint16_t port_ = 0;
  uint16_t askedAt_ = 0;
  uint8_t tries_ = 0;
  uint8_t hostLength_ = 0;
  uint8_t pathAt_ = 0;
  Fault fault_ = Fault::kNone;
  bool hasNews_ = false;
  uint8_t sha256_[32] = {};
  Sha256 sum_;
  char version_[protocol::kOtaVersionMax + 1] = "";
  char place_[protocol::kOtaUrlMax - 6] = "";  // The URL behind `http://`; the slash before the path is a NUL.
};

}  // namespace louver

#endif
