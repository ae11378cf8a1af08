/// \file
/// `store.h5` as a foreign reader sees it: for verify, which compares it with the stage files.
/// Layer: adapter (HDF5, serial: no MPI call). Throws IoError; DamageError (missing, not HDF5, a piece of
/// another shape or type, or gone); Failure with ExitCode::usage (format newer than ours).
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tranche/store/stage_layout.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::store {

/// One stage file as the group `files` of the view lists it. Nothing here was compared with anything.
struct ViewEntry {
  std::string file;  ///< `store/r1.s1.h5`, relative to the view
  std::uint64_t revision = 0;
  std::uint64_t stage = 0;
  std::uint64_t first_index = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;       ///< size of the file
  std::uint64_t generation = 0;  ///< 0: not sealed
  std::string digest;            ///< empty: not sealed
};

/// In the order of the view's rows.
std::vector<ViewEntry> read_view(const std::string& campaign_dir);

/// The virtual datasets over all stage files.
class ViewReader {
 public:
  /// `layout`: of any stage of the campaign. Also DamageError if the view has not the campaign's columns,
  /// or not as many rows as its list says.
  static ViewReader open(const std::string& campaign_dir, const StageLayout& layout);
  ViewReader(ViewReader&&) noexcept;
  ViewReader& operator=(ViewReader&&) noexcept;
  ~ViewReader();

  const std::vector<ViewEntry>& entries() const;
  /// Row `row` of the view, every column. HDF5 gives fill values where it cannot open a stage file:
  /// where it is missing, and while this process has it open otherwise (HDF5 opens the files behind a view
  /// with locks and ours without, and refuses to do both). Nor can a StageReader be opened meanwhile.
  std::vector<ColumnBytes> read_row(std::uint64_t row) const;
  /// As StageReader::frame_differences, for a view over `files`.
  std::vector<std::string> frame_differences(std::span<const StageLayout> files,
                                             const std::set<std::string>& versions) const;
  /// As StageReader::read_axis.
  std::vector<double> read_axis(std::size_t which) const;

 private:
  struct Impl;
  explicit ViewReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tranche::store
