/// \file
/// Parameter values as people write and read them; points a person chooses.
/// Layer: application (cli).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/design/sample_space.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

/// Middle of every range, in its own scale; the middle one of a choice.
std::vector<double> centre_of(const campaign::CampaignSpec& spec);

/// Applies `NAME=VALUE`, levels by name or number. \throws ConfigError with every mistake
void apply_settings(const campaign::CampaignSpec& spec, const std::vector<std::string>& settings,
                    std::vector<double>& parameters);

/// A space whose points are the given rows of parameters, with the campaign's constants, derived values
/// and constraints.
design::SampleSpace space_of_points(const campaign::CampaignSpec& spec,
                                    const std::vector<std::vector<double>>& rows);

/// `3.2e+16`, or the level's name.
std::string value_text(const campaign::Parameter& parameter, double value);

/// x as `delta = 26.5, R = 3.2e+16 cm, ...`, wrapped; derived values and constants behind a semicolon.
std::string point_text(const campaign::CampaignSpec& spec, std::span<const double> x,
                       const inspect::TextStyle& style, std::size_t indent);

/// What was typed behind several --with, as one list: `dt=0.5,n=3`.
std::string joined_settings(const std::vector<std::string>& settings);

}  // namespace tranche::cli
