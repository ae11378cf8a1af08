/// \file
/// New files and folders that are either whole or not there: temporary name, fsync, rename, fsync of the
/// directory. Layer: store (private adapter). Throws IoError with path and errno's text.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>

namespace tranche::store {

/// `<campaign>/store/<name>`.
std::filesystem::path stage_path(const std::string& campaign_dir, const std::string& file_name);

/// What a file lies in: `.` if it has no other.
std::filesystem::path folder_of(const std::filesystem::path& path);

void sync_file(const std::filesystem::path& path);
void sync_directory(const std::filesystem::path& path);
/// Creates it, and makes the new name durable; nothing if it is there.
void make_directory(const std::filesystem::path& path);

/// Throws IoError with what is needed and what is free, if the file system of `folder` says that it has less.
/// What it does not know (quotas, space that other nodes take) shows when the file is written.
void require_room(const std::filesystem::path& folder, std::uint64_t bytes, const std::string& what,
                  const std::string& fix = "make room there (df -h), then type: tranche run");

/// What to type when a copy has no room.
inline constexpr const char* room_again =
    "make room there (df -h, quota -s), then run the same command again";

/// What to type when the system's words say that there is no room; empty if they say something else.
std::string room_fix(const std::string& text);

/// A file under construction beside its final name; removed again unless publish() was called. Its name is
/// its own: a run that slept while it was replaced finds its file gone, and cannot publish its successor's.
class NewFile {
 public:
  /// Removes what earlier attempts left.
  explicit NewFile(std::filesystem::path final_path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  std::string path() const { return temporary_.string(); }
  /// Gives its space back. On a full disk HDF5 cannot even close a file that has no room for its last words.
  void empty() noexcept;
  /// Syncs, renames (replacing what was there), syncs the directory. The writer has closed the file.
  void publish();

 private:
  std::filesystem::path final_;
  std::filesystem::path temporary_;
  bool published_ = false;
};

/// A folder under construction beside its final name; removed again, with all that is in it, unless publish()
/// was called.
class NewFolder {
 public:
  /// Removes what earlier attempts left. \throws IoError if it cannot be created
  explicit NewFolder(std::filesystem::path final_path);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return temporary_; }
  /// Syncs what is in it, renames, syncs the directory above. The writers have closed their files.
  void publish();

 private:
  std::filesystem::path final_;
  std::filesystem::path temporary_;
  bool published_ = false;
};

/// Empties a file under construction when an exception passes. Declared after the HDF5 file that it helps
/// to close.
class EmptyOnFailure {
 public:
  explicit EmptyOnFailure(NewFile& file) : file_{&file}, flying_{std::uncaught_exceptions()} {}
  ~EmptyOnFailure() {
    if (std::uncaught_exceptions() > flying_) file_->empty();
  }
  EmptyOnFailure(const EmptyOnFailure&) = delete;
  EmptyOnFailure& operator=(const EmptyOnFailure&) = delete;

 private:
  NewFile* file_;
  int flying_;
};

}  // namespace tranche::store
