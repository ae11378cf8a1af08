/// \file
/// The samples of a campaign that can be learned from, and their numbers as stored.
/// Layer: application (trainer). Reads stage files only, also while a run writes others of their rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::trainer {

class SampleReader {
 public:
  /// Opens every stage that has a file, and reads which of its rows are ok: later ones are not seen.
  /// \throws Failure{usage} if the campaign has not begun; as store::StageReader
  SampleReader(const inspect::CampaignView& view, std::size_t output);

  const campaign::Output& output() const noexcept { return output_; }
  std::size_t inputs() const noexcept { return inputs_; }
  /// Bytes that one sample takes in the output's dataset.
  std::size_t row_bytes() const noexcept { return row_bytes_; }

  /// Samples that are ok, of all stages or up to number `last`; ascending.
  std::vector<SampleIndex> ok(std::optional<std::uint8_t> last) const;
  /// Names of the stages up to `last` that were read, and their seals' digests (`open`: still running); `, `
  /// between.
  std::string stage_names(std::optional<std::uint8_t> last) const;
  std::string digests(std::optional<std::uint8_t> last) const;

  /// `which`: ascending, all of them ok. Long runs of rows at a time: never a row at random.
  /// \pre out has which.size() rows
  void read_parameters(std::span<const SampleIndex> which, std::span<double> out) const;
  void read_stored(std::span<const SampleIndex> which, std::span<std::byte> out) const;

 private:
  struct Stage {
    std::uint8_t number = 0;
    std::string name;
    store::StageReader reader;
    std::vector<SampleIndex> ok;
  };

  const Stage& stage_of(SampleIndex index) const;
  template <class Read>
  void read_rows(std::span<const SampleIndex> which, std::size_t row_size, std::byte* out,
                 const Read& read) const;

  const campaign::Output& output_;
  std::size_t which_;
  std::size_t inputs_;
  std::size_t row_bytes_;
  std::vector<Stage> stages_;
};

}  // namespace tranche::trainer
