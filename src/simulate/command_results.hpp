/// \file
/// From the files a command has left to the numbers of a sample.
/// Layer: adapter (simulate). In slots.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "command_plan.hpp"
#include "tranche/readout/fault.hpp"
#include "tranche/readout/text.hpp"

namespace tranche::simulate {

/// Reads one run's results; each file once.
class CommandResults {
 public:
  /// `directory`: of the run; `out`: what was captured of stdout.
  CommandResults(const Setup& setup, const CommandPlan& plan, const std::string& directory, int out,
                 std::span<const deck::Value> values)
      : setup_{setup}, plan_{plan}, directory_{directory}, out_{out}, values_{values} {}

  /// Fills outputs and meta numbers; what is wrong with them, if anything. `retries`: attempts of rules so
  /// far.
  std::optional<readout::Fault> read(const Results& results, std::uint32_t retries);

 private:
  readout::Result<readout::Numbers> numbers(const campaign::ReadSpec& read, const std::string& file,
                                            std::size_t due, std::span<const double> places);
  readout::Result<readout::Numbers> from_table(const campaign::ReadSpec& read, std::string_view text,
                                               const std::string& file, std::span<const double> places);
  /// Content of a file of the run; `stdout` is what was captured.
  readout::Result<std::string_view> content(const std::string& file);

  const Setup& setup_;
  const CommandPlan& plan_;
  const std::string& directory_;
  int out_;
  std::span<const deck::Value> values_;
  std::map<std::string, std::string> contents_;
  std::size_t extrapolated_ = 0;
  std::string unit_;  ///< that the last numbers read came with; empty: none
};

/// Bytes of standard output that are kept when results are read from it.
inline constexpr std::uint64_t most_stdout_bytes = std::uint64_t{64} << 20;

/// Whether any result stands there.
bool reads_stdout(const campaign::CampaignSpec& spec) noexcept;

}  // namespace tranche::simulate
