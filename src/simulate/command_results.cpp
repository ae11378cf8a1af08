#include "command_results.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "command_hdf5.hpp"
#include "tranche/base/text.hpp"
#include "tranche/readout/json.hpp"
#include "tranche/readout/npy.hpp"
#include "tranche/readout/resample.hpp"

namespace tranche::simulate {
namespace {

using campaign::ReadSpec;
using readout::Fault;
using readout::Numbers;

constexpr std::uint64_t most_file_bytes = std::uint64_t{4} << 30;

/// All bytes of an open file, or errno.
int read_all(int fd, std::uint64_t bytes, std::string& text) {
  text.resize(bytes);
  std::size_t have = 0;
  while (have < bytes) {
    const ssize_t length = ::pread(fd, text.data() + have, bytes - have, static_cast<off_t>(have));
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno;
    if (length == 0) break;
    have += static_cast<std::size_t>(length);
  }
  text.resize(have);
  return 0;
}

}  // namespace

bool reads_stdout(const campaign::CampaignSpec& spec) noexcept {
  const auto from_stdout = [](const ReadSpec& read) {
    return read.kind < ReadSpec::Kind::extrapolated && read.file == "stdout";
  };
  return std::ranges::any_of(spec.outputs,
                             [&](const auto& output) { return output.read && from_stdout(*output.read); }) ||
         std::ranges::any_of(spec.meta_reads, from_stdout);
}

readout::Result<std::string_view> CommandResults::content(const std::string& file) {
  if (const auto known = contents_.find(file); known != contents_.end())
    return std::string_view{known->second};
  const bool captured = file == "stdout";
  const FileDescriptor opened{captured ? -1
                                       : ::open((directory_ + "/" + file).c_str(), O_RDONLY | O_CLOEXEC)};
  if (!captured && !opened)
    return Fault{"no_output",
                 file + (errno == ENOENT ? " is not there" : std::string{": "} + std::strerror(errno))};
  const int fd = captured ? out_ : opened.get();
  struct stat status {};
  ::fstat(fd, &status);
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  if (!captured && !S_ISREG(status.st_mode)) return Fault{"no_output", file + " is no file"};
  const auto most = captured ? most_stdout_bytes : most_file_bytes;
  if (bytes > most)
    return Fault{"too_long", file + ": " + format_size(static_cast<double>(bytes)) + ", at most " +
                                 format_size(static_cast<double>(most)) + " are read"};
  std::string& text = contents_[file];
  if (const int error = read_all(fd, bytes, text); error != 0)
    return Fault{"no_output", file + ": " + std::strerror(error)};
  return std::string_view{text};
}

readout::Result<Numbers> CommandResults::from_table(const ReadSpec& read, std::string_view text,
                                                    const std::string& file, std::span<const double> places) {
  auto table = readout::read_table(text, {read.column, read.axis_column, read.skip}, file);
  if (const auto* fault = std::get_if<Fault>(&table)) return *fault;
  auto& rows = std::get<readout::Table>(table);
  if (read.axis_column == 0) return std::move(rows.values);
  auto curve = readout::resample(rows.axis, rows.values, places,
                                 read.linear ? readout::Scale::linear : readout::Scale::log, file);
  if (const auto* fault = std::get_if<Fault>(&curve)) return *fault;
  auto& resampled = std::get<readout::Resampled>(curve);
  extrapolated_ += resampled.extrapolated;
  return std::move(resampled.values);
}

readout::Result<Numbers> CommandResults::numbers(const ReadSpec& read, const std::string& file,
                                                 std::size_t due, std::span<const double> places) {
  unit_.clear();
  if (read.kind == ReadSpec::Kind::hdf5) {
    auto found = read_hdf5(directory_ + "/" + file, file, read.key, unit_);
    if (const auto* fault = std::get_if<Fault>(&found)) return *fault;
    return readout::of_length(std::move(std::get<Numbers>(found)), due, file, "values in " + read.key);
  }
  const auto text = content(file);
  if (const auto* fault = std::get_if<Fault>(&text)) return *fault;
  const auto& bytes = std::get<std::string_view>(text);
  const auto counted = [&](auto found, const std::string& what) -> readout::Result<Numbers> {
    if (std::holds_alternative<Fault>(found)) return std::get<Fault>(found);
    return readout::of_length(std::move(std::get<Numbers>(found)), due, file, what);
  };
  switch (read.kind) {
    case ReadSpec::Kind::column:
      return counted(from_table(read, bytes, file, places),
                     "values in column " + std::to_string(read.column));
    case ReadSpec::Kind::json:
      return counted(readout::read_json(bytes, read.key, file, &unit_), "numbers in " + read.key);
    case ReadSpec::Kind::npy: {
      auto array = readout::read_npy(bytes, file);
      if (const auto* fault = std::get_if<Fault>(&array)) return *fault;
      return readout::of_length(std::move(std::get<readout::Array>(array).numbers), due, file, "numbers");
    }
    default:
      return readout::read_key(bytes, read.key, due, file, &unit_);
  }
}

std::optional<Fault> CommandResults::read(const Results& results, std::uint32_t retries) {
  const auto& spec = setup_.spec;
  for (std::size_t k = 0; k < spec.outputs.size(); ++k) {
    const auto& output = spec.outputs[k];
    const auto places = output.axes.size() == 1 ? std::span<const double>{spec.axes[output.axes[0]].values}
                                                : std::span<const double>{};
    const auto found = numbers(*output.read, plan_.output_file(k, values_), output.size, places);
    if (const auto* fault = std::get_if<Fault>(&found))
      return Fault{fault->reason, "output `" + output.name + "`: " + fault->message};
    if (const auto why = plan_.units().mismatch(k, unit_))
      return Fault{"unit", "output `" + output.name + "`: " + plan_.output_file(k, values_) + ": " + *why};
    std::ranges::copy(std::get<Numbers>(found), results.outputs[k]);
  }
  for (std::size_t k = 0; k < spec.meta_reads.size(); ++k) {
    const auto& read = spec.meta_reads[k];
    if (read.kind == ReadSpec::Kind::retries) results.meta[k] = retries;
    if (read.kind == ReadSpec::Kind::extrapolated) results.meta[k] = static_cast<double>(extrapolated_);
    if (read.kind >= ReadSpec::Kind::extrapolated) continue;
    const auto found = numbers(read, plan_.meta_file(k, values_), 1, {});
    if (const auto* fault = std::get_if<Fault>(&found))
      return Fault{fault->reason, "meta `" + spec.meta[k] + "`: " + fault->message};
    results.meta[k] = std::get<Numbers>(found).front();
  }
  return std::nullopt;
}

}  // namespace tranche::simulate
