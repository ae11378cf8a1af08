/// \file
/// A simulator that is a program with arguments, decks and files of results.
/// Layer: campaign (pure). Plain data.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/base/errors.hpp"
#include "tranche/deck/deck.hpp"

namespace tranche::campaign {

struct CampaignSpec;

/// A file that the program reads, rendered for each run.
struct DeckFile {
  std::string file;    ///< in the run directory
  std::string source;  ///< the template, relative to the campaign
  SourcePlace where;
};

/// Another value of a constant, for placeholders.
struct Setting {
  std::string name;
  double value = 0;
  bool operator==(const Setting&) const = default;
};

/// What is typed for a failure, and what is tried then.
struct FailureRule {
  std::string match;          ///< ECMAScript regular expression, on the ends of stderr and stdout
  std::string reason;         ///< [a-z0-9_]
  std::uint8_t retry = 0;     ///< further attempts, inside the same run
  std::vector<Setting> with;  ///< values that placeholders have in these attempts
};

struct CommandSpec {
  std::vector<std::string> words;  ///< the program, then its arguments: decks
  std::vector<DeckFile> inputs;
  std::vector<std::string> files;    ///< linked into the run directory; relative to the campaign
  std::vector<std::string> version;  ///< prints its version; empty: not asked
  std::string input;                 ///< file on standard input, in the run directory; empty: none
  std::vector<FailureRule> failures;
  std::string launch;  ///< what starts the ranks of an MPI program: a deck; empty: by where it runs
  deck::Delimiters delimiters;
};

/// The name under which one of `files` is linked into the run directory.
std::string link_name(const std::string& file);

/// Reasons of a failure that may be over in a while, and are not the sample's: exit code 75, no process, no
/// room. Tried again three times unless `retries` says otherwise, each time after a longer pause.
inline constexpr std::array<std::string_view, 3> passing_failures{"tempfail", "not_started", "scratch"};
bool may_pass(std::string_view reason) noexcept;

/// Where the numbers of an output or of a meta number are found after a run.
struct ReadSpec {
  enum class Kind : std::uint8_t {
    column,  ///< of a text table
    key,     ///< behind `key =` or `key:`
    json,
    npy,
    hdf5,
    extrapolated,  ///< how many bins of the outputs lay beyond the axis column
    retries        ///< how many attempts of a failure rule it took
  };
  Kind kind = Kind::key;
  std::string file = "stdout";    ///< in the run directory, a deck; `stdout`: what the program printed
  std::string key;                ///< key, JSON pointer or dataset
  std::uint32_t column = 1;       ///< from 1
  std::uint32_t axis_column = 0;  ///< 0: rows are the values; else resampled onto the output's axis
  std::uint32_t skip = 0;         ///< lines before the table
  bool linear = false;            ///< resampled in the numbers themselves, not in their logarithms
  SourcePlace where;
};

/// What placeholders may name, in this order: parameters, constants, derived (as the simulator's x), then
/// index, stage, attempt, seed, rundir, campaign, ranks, threads.
std::vector<deck::Name> placeholder_names(const CampaignSpec& spec);

}  // namespace tranche::campaign
