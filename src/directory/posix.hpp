/// \file
/// Small POSIX helpers shared by the sources of this module.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "tranche/base/errors.hpp"

namespace tranche::directory {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_{number} {}
  Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const noexcept { return number_; }
  bool valid() const noexcept { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// \throws IoError `cannot <operation> <path>: <errno text>`.
[[noreturn]] void fail(std::string_view operation, const std::filesystem::path& path, int error = errno);

/// Creates a file that must not exist, mode by the umask, group of its folder. \throws IoError.
Descriptor create_new(const std::filesystem::path& path);

/// Writes all of it. \throws IoError.
void write_all(const Descriptor& file, std::string_view text, const std::filesystem::path& path);

/// fsync of a file or folder. \throws IoError.
void sync(const Descriptor& file, const std::filesystem::path& path);
void sync_folder(const std::filesystem::path& folder);

/// Hidden name beside `path` that no other process uses.
std::filesystem::path temporary_beside(const std::filesystem::path& path);

/// Removes temporaries and claims (owner.cpp) older than an hour: what a killed process left. Never throws.
void sweep_temporaries(const std::filesystem::path& folder) noexcept;

}  // namespace tranche::directory
