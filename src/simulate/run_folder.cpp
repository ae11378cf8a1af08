#include "run_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "system.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& operation, const std::string& path, int error) {
  throw ScratchError{operation + " " + path + ": " + std::strerror(error)};
}

/// The folders a file's name has, if any.
void make_parents(const std::string& root, const std::string& file) {
  const auto parent = fs::path{file}.parent_path();
  if (parent.empty()) return;
  std::error_code error;
  fs::create_directories(fs::path{root} / parent, error);
  if (error) fail("make", root + "/" + parent.string(), error.value());
}

}  // namespace

void RunFolder::make() const {
  if (::mkdir(path_.c_str(), 0700) == 0) return;
  if (errno != EEXIST) fail("make", path_, errno);
  remove();
  if (::mkdir(path_.c_str(), 0700) != 0) fail("make", path_, errno);
}

void RunFolder::write(const std::string& file, std::string_view text) const {
  make_parents(path_, file);
  const std::string path = path_ + "/" + file;
  // Through no link: what it leads to is the user's.
  const FileDescriptor out{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!out) fail("open", path, errno);
  while (!text.empty()) {
    const ssize_t written = ::write(out.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void RunFolder::replace(const std::string& file, std::string_view text) const {
  ::unlink((path_ + "/" + file).c_str());
  write(file, text);
}

void RunFolder::link(const std::string& name, const std::string& target) const {
  make_parents(path_, name);
  const std::string path = path_ + "/" + name;
  if (::symlink(target.c_str(), path.c_str()) != 0) fail("link", path, errno);
}

void RunFolder::remove() const noexcept {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  if (!ignored) return;
  // A program may have taken our own permission away from what it made.
  for (fs::recursive_directory_iterator at{path_, fs::directory_options::skip_permission_denied, ignored},
       end;
       !ignored && at != end; at.increment(ignored))
    if (at->is_directory(ignored) && !at->is_symlink(ignored))
      fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  fs::remove_all(path_, ignored);
}

}  // namespace tranche::simulate
