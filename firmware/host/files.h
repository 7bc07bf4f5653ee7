// Flash and settings in files, with the power that goes in the middle of a write.
#ifndef LOUVER_HOST_FILES_H
#define LOUVER_HOST_FILES_H

#include <stdint.h>

#include <string>

#include "ports.h"

namespace louver {
namespace host {

/// NOR flash in a file: programming only clears bits.
class FileFlash : public Flash {
 public:
  /// @param powerBytes that are written until the process ends without a word; below 0: never. Ends the program when the file cannot be had.
  FileFlash(const std::string& path, uint32_t bytes, int64_t powerBytes);

  uint32_t size() const override { return size_; }
  uint32_t sectorSize() const override { return 4096; }
  bool read(uint32_t offset, void* to, uint32_t length) override;
  bool program(uint32_t offset, const void* from, uint32_t length) override;
  bool erase(uint32_t offset) override;

 private:
  bool write(uint32_t offset, const uint8_t* from, uint32_t length);

  int file_;
  uint32_t size_;
  int64_t powerBytes_;
};

/// A file for each name, put in its place by renaming.
class FileStore : public Store {
 public:
  explicit FileStore(const std::string& folder) : folder_(folder) {}
  bool load(const char* name, void* to, uint16_t length) override;
  bool save(const char* name, const void* from, uint16_t length) override;

 private:
  std::string folder_;
};

}  // namespace host
}  // namespace louver

#endif
