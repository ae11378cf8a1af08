/// \file
/// Serial reading of one stage file: verify, export, show, sketches.
/// Layer: adapter (HDF5, serial: no MPI call). Throws IoError, DamageError (missing, short, newer
/// format, other campaign).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

class StageReader {
 public:
  static StageReader open(const std::string& campaign_dir, const StageLayout& layout);
  StageReader(StageReader&&) noexcept;
  StageReader& operator=(StageReader&&) noexcept;
  ~StageReader();

  IndexRange range() const;
  /// All of these read rows [rows.begin, rows.end) given as design indices.
  void read_states(IndexRange rows, std::span<std::uint8_t> out) const;
  void read_checksums(IndexRange rows, std::span<std::uint64_t> out) const;
  void read_indices(IndexRange rows, std::span<std::int64_t> out) const;
  void read_revisions(IndexRange rows, std::span<std::uint16_t> out) const;
  void read_stages(IndexRange rows, std::span<std::uint8_t> out) const;
  void read_parameters(IndexRange rows, std::span<double> out) const;  ///< rows x d
  void read_derived(std::size_t which, IndexRange rows, std::span<double> out) const;
  void read_meta(std::size_t which, IndexRange rows, std::span<double> out) const;
  /// Stored bytes of output `which`, rows x field bytes.
  void read_output(std::size_t which, IndexRange rows, std::span<std::byte> out) const;

  /// Points of the axis called `name`. \throws DamageError if there is none, or not one-dimensional
  std::vector<double> read_axis(const std::string& name) const;

  struct Seal {
    std::uint32_t generation = 0;  ///< 0: not sealed
    std::string digest;
  };
  Seal seal() const;

 private:
  struct Impl;
  explicit StageReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Rewrites `<dir>/store.h5`, the virtual view over the given stage files in this order (atomic rename).
/// At least one; all with the same columns and axes (ContractError). Opens and checks every file first.
/// File attributes are those of the last layout.
void rewrite_view(const std::string& campaign_dir, std::span<const StageLayout> files);

/// What is wrong with `<dir>/store.h5` as the view over exactly these files; empty: nothing. Reads its
/// indices, so it also tells whether HDF5 finds the files behind it.
std::string view_fault(const std::string& campaign_dir, std::span<const StageLayout> files);

}  // namespace tranche::store
