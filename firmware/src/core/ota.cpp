#include "ota.h"

#include <string.h>

#include "crc32.h"

namespace louver {

namespace {

/// In the order of Fault. The last one goes on with the status of HTTP; 0 when there was no answer.
constexpr char kFaults[] =
    "\0withdrawn\0no manifest\0other board\0tried before\0too old\0too large\0bad url\0bad signature\0flash fails\0bad length\0bad sha256\0HTTP status ";

constexpr char kRequest[] = "GET /% HTTP/1.1\r\nHost: %\r\nRange: bytes=#-\r\n\r\n";
constexpr char kState[] = "{\"version\":\"%\",\"state\":\"%\",\"progress\":#,\"reason\":\"%";

constexpr size_t kPieceBytes = 512;
constexpr size_t kRequestBytes = 160;  // The URL, an offset and 38 characters around them.

/// The text at a place in a list of them.
__attribute__((noinline)) const char* textAt(const char* list, uint32_t place) {
  for (; place > 0; --place) list += strlen(list) + 1;
  return list;
}

}  // namespace

void Ota::begin() {
  if (ports_.slots.onTrial()) go(Step::kTrial, kTrialMs);
}

void Ota::contact() {
  if (step_ != Step::kTrial) return;
  ports_.slots.markValid();
  tell(Step::kUpdated);
}

void Ota::offer(const Slice& payload) {
  contact();
  // Never 0, but when it is withdrawn.
  const uint32_t manifest = payload.length == 0 ? 0 : crc32(payload.data, payload.length) | 1;
  // What has been switched to starts, whatever comes now.
  if (manifest == manifest_ || step_ == Step::kUpdating) return;
  manifest_ = manifest;
  if (isActive()) fail(Fault::kWithdrawn);
  if (manifest == 0) return;
  at_ = 0;
  const Fault fault = judge(payload);
  if (fault != Fault::kNone) fail(fault);
}

Ota::Fault Ota::judge(Slice payload) {
  OtaManifest manifest;
  Text version(version_, sizeof version_);
  if (!parseManifest(payload, &manifest) || version.add(manifest.text[kOtaVersion].data, manifest.text[kOtaVersion].length).isCut()) return Fault::kManifest;
  if (!manifest.text[kOtaBoard].is(running_.board)) return Fault::kBoard;
  if (strcmp(version_, running_.version) == 0) {
    if (step_ != Step::kUpdated) tell(Step::kUpdated);
    return Fault::kNone;
  }
  // Without this one an image that ends in a rollback, or calls itself otherwise than its manifest, would be fetched for ever.
  if (ports_.slots.tried() == manifest_) return Fault::kTried;
  if (manifest.secureVersion < running_.secureVersion) return Fault::kSecureVersion;
  if (manifest.size > ports_.slots.capacity()) return Fault::kSize;
  if (!takeUrl(manifest.text[kOtaUrl])) return Fault::kUrl;
  if (!isSigned(manifest, ports_.verifier)) return Fault::kSignature;
  if (!ports_.slots.begin(manifest.size)) return Fault::kFlash;
  size_ = manifest.size;
  memcpy(sha256_, manifest.sha256, sizeof sha256_);
  sum_.begin();
  tries_ = 0;
  backOff_.reset();
  tell(Step::kWaiting);
  return Fault::kNone;
}

/// `http://host[:port]/path`: what else is odd in it is the server's to refuse.
bool Ota::takeUrl(Slice url) {
  constexpr size_t kScheme = 7;
  if (url.length < kScheme || memcmp(url.data, "http://", kScheme) != 0) return false;
  Text(place_, sizeof place_).add(url.data + kScheme, url.length - kScheme);
  // None as well when it was too long.
  char* const slash = strchr(place_, '/');
  if (slash == nullptr) return false;
  *slash = '\0';
  const char* const colon = strchr(place_, ':');
  uint32_t port = 80;
  if (colon != nullptr && !parseUnsigned({colon + 1, static_cast<size_t>(slash - colon - 1)}, &port)) return false;
  hostLength_ = static_cast<uint8_t>((colon == nullptr ? slash : colon) - place_);
  pathAt_ = static_cast<uint8_t>(slash - place_ + 1);
  port_ = static_cast<uint16_t>(port);
  return hostLength_ > 0 && port_ > 0 && port_ == port;
}

void Ota::poll() {
  const bool isDue = static_cast<int32_t>(ports_.ticks.nowMs() - dueMs_) >= 0;
  if (step_ >= Step::kDialling && step_ <= Step::kFetching) {
    if (isDue || !transfer()) retry();
  } else if (step_ == Step::kDownloaded || step_ == Step::kVerified) {
    if (isDue || !hasNews_) check();
  } else if (isDue && step_ == Step::kWaiting) {
    head_.begin();
    askedAt_ = 0;
    ports_.dialer.begin(place_, hostLength_, port_);
    go(Step::kDialling, kSilenceMs);
  } else if (isDue && (step_ == Step::kTrial || step_ == Step::kUpdating)) {
    step_ = Step::kNone;
    ports_.slots.restart();
  }
}

/// False when this connection is of no more use.
bool Ota::transfer() {
  if (step_ == Step::kAsking) return ask();
  if (step_ != Step::kDialling) return receive();
  const Dial dial = ports_.dialer.poll();
  if (dial == Dial::kOpen) step_ = Step::kAsking;
  return dial != Dial::kFailed;
}

bool Ota::ask() {
  char buffer[kRequestBytes];
  Text request(buffer, sizeof buffer);
  const char* const texts[] = {place_ + pathAt_, place_};
  request.fill(kRequest, texts, at_);
  const int count = ports_.dialer.write(reinterpret_cast<const uint8_t*>(buffer) + askedAt_, request.length() - askedAt_);
  if (count < 0) return false;
  askedAt_ = static_cast<uint16_t>(askedAt_ + count);
  if (askedAt_ == request.length()) step_ = Step::kHead;
  return true;
}

bool Ota::receive() {
  uint8_t bytes[kPieceBytes];
  const int count = ports_.dialer.read(bytes, sizeof bytes);
  if (count <= 0) return count == 0;
  const uint8_t* from = bytes;
  uint32_t length = static_cast<uint32_t>(count);
  while (step_ == Step::kHead) {
    if (length == 0) return true;
    --length;
    if (!head_.take(static_cast<char>(*from++))) return false;
    if (!head_.isWhole()) continue;
    // All of it may come also where a part was asked for.
    if (head_.status() != 200 && head_.status() != 206) return false;
    bodyLeft_ = head_.status() == 200 ? size_ : size_ - at_;
    if (head_.length() != bodyLeft_) {
      fail(Fault::kLength);
      return true;
    }
    step_ = Step::kFetching;
  }
  go(Step::kFetching, kSilenceMs);
  if (length > bodyLeft_) length = bodyLeft_;
  const uint32_t known = at_ + bodyLeft_ - size_;
  bodyLeft_ -= length;
  if (length > known) store(from + known, length - known);
  return true;
}

void Ota::store(const uint8_t* from, uint32_t length) {
  if (!ports_.slots.write(at_, from, length)) return fail(Fault::kFlash);
  sum_.add(from, length);
  // Now and then.
  hasNews_ |= (at_ + length) >> 16 != at_ >> 16;
  at_ += length;
  backOff_.reset();
  if (at_ < size_) return;
  ports_.dialer.close();
  tell(Step::kDownloaded);
}

/// The image is there: judged by its hash, and then started.
void Ota::check() {
  if (step_ == Step::kDownloaded) {
    uint8_t digest[32];
    sum_.finish(digest);
    return memcmp(digest, sha256_, sizeof digest) == 0 ? tell(Step::kVerified) : fail(Fault::kHash);
  }
  if (!ports_.slots.switchBoot()) return fail(Fault::kFlash);
  // Afterwards: a power cut between the two costs a second try, the other way round the update. Nothing is to be done about one that cannot be kept.
  ports_.slots.setTried(manifest_);
  tell(Step::kUpdating);
}

void Ota::retry() {
  ports_.dialer.close();
  if (++tries_ < kTries) return go(Step::kWaiting, backOff_.next(ports_.random));
  // The server may be there when the manifest comes again.
  manifest_ = 0;
  fail(Fault::kDownload);
}

void Ota::fail(Fault fault) {
  if (isActive()) {
    ports_.dialer.close();
    ports_.slots.abort();
  }
  tell(Step::kFailed);
  fault_ = fault;
}

void Ota::go(Step step, uint32_t withinMs) {
  step_ = step;
  dueMs_ = ports_.ticks.nowMs() + withinMs;
}

void Ota::tell(Step step) {
  hasNews_ = true;
  fault_ = Fault::kNone;
  go(step, kTellMs);
}

void Ota::writeState(Text* text) {
  const uint32_t fetching = static_cast<uint32_t>(Step::kFetching);
  const uint32_t step = static_cast<uint32_t>(step_);
  const bool isUpdated = step_ == Step::kUpdated;
  const char* const texts[] = {isUpdated ? running_.version : version_, textAt(protocol::kOtaStates, step < fetching ? 0 : step - fetching),
                               textAt(kFaults, static_cast<uint32_t>(fault_))};
  // An image is far below the 42 MB where this would not fit.
  text->fill(kState, texts, isUpdated ? 100 : at_ * 100 / size_);
  if (fault_ == Fault::kDownload) text->addUnsigned(head_.status());
  text->add("\"}");
  hasNews_ = false;
}

}  // namespace louver
