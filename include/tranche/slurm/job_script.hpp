/// \file
/// The script of a job: a template with the campaign's wishes filled in.
/// Layer: adapter (Slurm's commands), pure.
///
/// A template is a shell script with `{{word}}` where something is filled in:
///   name nodes time signal output tranche directory arguments   one value
///   option module                                               any number: its line is repeated
/// A line with a word that has no value is left out. docs/how-to/slurm.md lists the words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/campaign/spec.hpp"

namespace tranche::slurm {

struct JobWishes {
  std::string name;                    ///< of the campaign
  std::filesystem::path directory;     ///< of the campaign, absolute
  std::filesystem::path tranche;       ///< the program, absolute
  std::vector<std::string> arguments;  ///< of `tranche run --job`
  campaign::ClusterSpec cluster;       ///< with what the command line says instead
  campaign::Resources resources;
};

/// Where a template comes from, for messages.
struct JobTemplate {
  std::string text;
  std::string file;
};

/// \throws ConfigError naming every word of the template that is not known
std::string job_script(const JobTemplate& source, const JobWishes& wishes);

/// Seconds before the end at which a job is told to come to one: as asked for, else 5 minutes, or a quarter
/// of a job that is shorter than 20.
std::uint32_t signal_lead_s(const campaign::ClusterSpec& cluster);

/// `1-02:03:00`; whole minutes, rounded up, as Slurm counts.
std::string time_text(double seconds);

/// As a shell reads it back: bare, or in single quotes.
std::string shell_word(std::string_view text);

}  // namespace tranche::slurm
