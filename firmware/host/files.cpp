#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

namespace louver {
namespace host {

FileFlash::FileFlash(const std::string& path, uint32_t bytes, int64_t powerBytes) : size_(bytes / 4096 * 4096), powerBytes_(powerBytes) {
  file_ = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  if (file_ < 0) {
    fprintf(stderr, "sensor-sim: %s cannot be opened: %s\n", path.c_str(), strerror(errno));
    exit(2);
  }
  struct stat found;
  if (fstat(file_, &found) == 0 && found.st_size >= static_cast<off_t>(size_)) return;
  const std::vector<uint8_t> blank(size_ - static_cast<size_t>(found.st_size), 0xFF);
  if (pwrite(file_, blank.data(), blank.size(), found.st_size) != static_cast<ssize_t>(blank.size())) exit(2);
}

bool FileFlash::read(uint32_t offset, void* to, uint32_t length) {
  return offset <= size_ && length <= size_ - offset && pread(file_, to, length, offset) == static_cast<ssize_t>(length);
}

bool FileFlash::program(uint32_t offset, const void* from, uint32_t length) {
  std::vector<uint8_t> bytes(length);
  if (!read(offset, bytes.data(), length)) return false;
  for (uint32_t i = 0; i < length; ++i) bytes[i] &= static_cast<const uint8_t*>(from)[i];
  return write(offset, bytes.data(), length);
}

bool FileFlash::erase(uint32_t offset) {
  const std::vector<uint8_t> blank(sectorSize(), 0xFF);
  return offset % sectorSize() == 0 && offset < size_ && write(offset, blank.data(), sectorSize());
}

bool FileFlash::write(uint32_t offset, const uint8_t* from, uint32_t length) {
  if (powerBytes_ >= 0 && static_cast<int64_t>(length) > powerBytes_) {
    // A part of it is done, and nobody is there to say so.
    if (pwrite(file_, from, static_cast<size_t>(powerBytes_), offset) < 0) _exit(2);
    _exit(137);
  }
  if (powerBytes_ >= 0) powerBytes_ -= length;
  return pwrite(file_, from, length, offset) == static_cast<ssize_t>(length);
}

bool FileStore::load(const char* name, void* to, uint16_t length) {
  FILE* file = fopen((folder_ + "/" + name).c_str(), "rb");
  if (file == nullptr) return false;
  std::vector<uint8_t> bytes(length + 1U);
  const bool fits = fread(bytes.data(), 1, length + 1U, file) == length;
  fclose(file);
  if (fits) memcpy(to, bytes.data(), length);
  return fits;
}

bool FileStore::save(const char* name, const void* from, uint16_t length) {
  const std::string path = folder_ + "/" + name;
  FILE* file = fopen((path + ".new").c_str(), "wb");
  if (file == nullptr) return false;
  const bool isWritten = fwrite(from, 1, length, file) == length;
  return fclose(file) == 0 && isWritten && rename((path + ".new").c_str(), path.c_str()) == 0;
}

}  // namespace host
}  // namespace louver
