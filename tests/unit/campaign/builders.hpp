/// \file
/// Small campaigns for tests, without a file.
#pragma once

#include "tranche/campaign/spec.hpp"

namespace tranche::test {

/// Two parameters and stages of 1, 10 and 100 % of `points`.
inline campaign::CampaignSpec small_spec(std::uint64_t points = 1000) {
  using namespace campaign;
  CampaignSpec spec;
  spec.name = "small";
  spec.parameters = {{"x", RealRange{0, 1, Scale::linear}, "1", {}, {}},
                     {"R", RealRange{1e15, 1e18, Scale::log}, "cm", {}, {}}};
  spec.design.points = points;
  spec.design.seed = 7;
  spec.stages = {{"pilot", 0.01, {}, {}}, {"tenth", 0.1, {}, {}}, {"full", 1.0, {}, {}}};
  spec.simulator.kind = campaign::PluginSpec{"libsmall_plugin.so"};
  return spec;
}

/// One axis of three values and an output on it.
inline campaign::CampaignSpec spec_with_output(campaign::Output output) {
  auto spec = small_spec();
  spec.axes = {{"nu", "Hz", {1, 2, 3}, {}}};
  output.name = "sed";
  output.axes = {0};
  output.size = 3;
  spec.outputs = {output};
  return spec;
}

}  // namespace tranche::test
