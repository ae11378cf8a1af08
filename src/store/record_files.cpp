#include "record_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "file_ops.hpp"
#include "tf_example.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::store {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

std::string five_digits(std::uint64_t number) {
  const std::string text = std::to_string(number);
  return text.size() < 5 ? std::string(5 - text.size(), '0') + text : text;
}

}  // namespace

RecordFiles::RecordFiles(std::filesystem::path folder, std::string split, std::uint64_t records,
                         std::uint64_t per_file)
    : folder_{std::move(folder)}, split_{std::move(split)}, records_{records}, per_file_{per_file} {}

std::string RecordFiles::name(std::uint64_t file) const {
  const std::uint64_t files = (records_ + per_file_ - 1) / per_file_;
  return split_ + "-" + five_digits(file) + "-of-" + five_digits(files) + ".tfrecord";
}

std::vector<std::string> RecordFiles::names() const {
  std::vector<std::string> names;
  for (std::uint64_t first = 0; first < records_; first += per_file_)
    names.push_back(name(first / per_file_));
  return names;
}

void RecordFiles::fail(const std::string& operation) const {
  const std::string reason = std::strerror(errno);
  throw IoError{"cannot " + operation + " " + path().string() + ": " + reason, room_fix(reason)};
}

void RecordFiles::flush() {
  if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size()) fail("write");
  buffer_.clear();
}

void RecordFiles::finish_file() {
  if (!file_) return;
  flush();
  if (std::fflush(file_.get()) != 0) fail("write");
  file_.reset();
}

void RecordFiles::add(std::string_view message) {
  ensure(added_ < records_, "states stay as they are during an export");
  const bool next = added_ % per_file_ == 0;
  if (next) finish_file();
  ++added_;
  if (next) file_.reset(std::fopen(path().c_str(), "wbe"));
  if (!file_) fail("create");
  tf::append_record(buffer_, message);
  if (buffer_.size() >= buffer_bytes) flush();
}

void RecordFiles::close() {
  ensure(added_ == records_, "states stay as they are during an export");
  finish_file();
}

}  // namespace tranche::store
