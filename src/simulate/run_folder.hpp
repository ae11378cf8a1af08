/// \file
/// The directory that one run of a command has for itself.
/// Layer: adapter (simulate). In slots.
#pragma once

#include <string>
#include <string_view>

#include "tranche/base/errors.hpp"

namespace tranche::simulate {

/// The scratch is full, or does not let us write: no fault of the sample's.
class ScratchError : public IoError {
 public:
  using IoError::IoError;
};

class RunFolder {
 public:
  explicit RunFolder(std::string path) : path_{std::move(path)} {}

  const std::string& path() const noexcept { return path_; }
  /// Makes it, empty. \throws ScratchError
  void make() const;
  /// A new file: one that is there, and links, are left alone. \throws ScratchError
  void write(const std::string& file, std::string_view text) const;
  /// In the place of a file that may be there. \throws ScratchError
  void replace(const std::string& file, std::string_view text) const;
  void link(const std::string& name, const std::string& target) const;
  /// With everything in it; what cannot be removed stays.
  void remove() const noexcept;

 private:
  std::string path_;
};

}  // namespace tranche::simulate
