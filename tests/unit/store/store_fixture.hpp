/// \file
/// A small campaign, a directory for it, and rows whose every value says where it belongs.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::test {

/// Two parameters (one with levels), a constant, one derived number, one axis, two meta numbers;
/// outputs: `sed` float32 [nu] as log10, `flux` float64 without axes.
inline campaign::CampaignSpec small_spec() {
  campaign::CampaignSpec spec;
  spec.name = "small";
  spec.parameters = {{"R", campaign::RealRange{1e15, 1e18, campaign::Scale::log}, "cm", {}, {}},
                     {"field", campaign::Levels{{"blr", "torus"}}, "1", {}, {}}};
  spec.constants = {{"z", 0.031, "1", {}}};
  spec.derived = {{"t_var", "R*(1+z)/2.998e10", "s", {}}};
  spec.design.seed = 20240221;
  spec.axes = {{"nu", "Hz", {1e8, 1e12, 1e16, 1e20, 1e24}, {}}};
  campaign::Output sed;
  sed.name = "sed";
  sed.unit = "erg s-1";
  sed.axes = {0};
  sed.size = 5;
  sed.transform = campaign::Transform::log10;
  sed.floor = 1e-60;
  campaign::Output flux;
  flux.name = "flux";
  flux.unit = "erg cm-2 s-1";
  flux.type = campaign::StoredType::float64;
  spec.outputs = {sed, flux};
  spec.meta = {"iterations", "residual"};
  spec.source_text = "tranche: 1\nname: small\n";
  spec.source_digest = "00112233445566778899aabbccddeeff";
  return spec;
}

inline store::StageLayout small_layout(std::uint8_t stage = 1, IndexRange range = {0, 100}) {
  store::StageLayout layout;
  layout.key = {1, stage};
  layout.stage_name = stage == 1 ? "pilot" : "full";
  layout.range = range;
  layout.spec = small_spec();
  layout.stage_names = {"pilot", "full"};
  layout.stage_sizes = {100, 250};
  layout.tranche_version = "0.1.0";
  layout.simulator_digest = "ffeeddccbbaa99887766554433221100";
  layout.campaign_id = "c0ffee";
  return layout;
}

/// Every tenth index from 7 is excluded.
inline bool excluded_in_design(SampleIndex index) {
  return index % 10 == 7;
}

/// x = R, field, z, t_var.
inline bool describe_small(SampleIndex index, std::span<double> x) {
  const auto k = static_cast<double>(index);
  x[0] = 1e15 + k;
  x[1] = static_cast<double>(index % 2);
  x[2] = 0.031;
  x[3] = 0.5 * k;
  return excluded_in_design(index);
}

inline float sed_value(SampleIndex index, std::size_t bin) {
  return static_cast<float>(index) * 8.0F + static_cast<float>(bin);
}
inline double flux_value(SampleIndex index) {
  return 1.0 / (1.0 + static_cast<double>(index));
}
inline double meta_value(SampleIndex index, std::size_t which) {
  return static_cast<double>(index * 2 + which);
}
inline std::uint64_t checksum_value(SampleIndex index) {
  return 0x9e3779b97f4a7c15ULL * (index + 1);
}

/// Packed rows of `small_spec`: 5 float32, 1 float64, 2 float64.
class SmallRows {
 public:
  static constexpr std::size_t row_bytes = 5 * 4 + 8 + 2 * 8;

  explicit SmallRows(std::vector<SampleIndex> indices) : indices_{std::move(indices)} {
    bytes_.resize(indices_.size() * row_bytes);
    for (std::size_t i = 0; i < indices_.size(); ++i) pack(indices_[i], bytes_.data() + i * row_bytes);
  }
  store::RowTiles tiles() const {
    store::RowTiles tiles{{5 * 4, 8, 8, 8}};
    for (std::size_t i = 0; i < indices_.size(); ++i)
      tiles.add(indices_[i], std::span{bytes_}.subspan(i * row_bytes, row_bytes));
    return tiles;
  }

 private:
  static void put(std::byte*& at, const void* value, std::size_t size) {
    std::memcpy(at, value, size);
    at += size;
  }
  static void pack(SampleIndex index, std::byte* at) {
    for (std::size_t bin = 0; bin < 5; ++bin) {
      const float value = sed_value(index, bin);
      put(at, &value, sizeof value);
    }
    const double flux = flux_value(index);
    put(at, &flux, sizeof flux);
    for (std::size_t which = 0; which < 2; ++which) {
      const double value = meta_value(index, which);
      put(at, &value, sizeof value);
    }
  }

  std::vector<SampleIndex> indices_;
  std::vector<std::byte> bytes_;
};

inline std::vector<store::StateView> ok_states(const std::vector<SampleIndex>& indices) {
  std::vector<store::StateView> states;
  for (const SampleIndex index : indices) states.push_back({index, SampleState::ok, checksum_value(index)});
  return states;
}

/// The states as pages, the way the ledger gives them.
inline store::NextStates pages_of(std::vector<store::StateView> states) {
  return [states = std::move(states), at = std::size_t{0}](std::span<store::StateView> page) mutable {
    std::size_t n = 0;
    while (n < page.size() && at < states.size()) page[n++] = states[at++];
    return n;
  };
}

}  // namespace tranche::test
