#include "tranche/store/stage_reader.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "check_stage_file.hpp"
#include "columns_digest.hpp"
#include "frame.hpp"
#include "skeleton.hpp"
#include "tranche/base/checksum.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::store {

struct StageReader::Impl {
  StageLayout layout;
  IndexRange range;
  OpenStage stage;

  void read(Content content, std::size_t which, IndexRange rows, void* out, std::size_t room) const;
  /// A dataset that is not one entry a row: a list of `count` numbers.
  void read_whole(const std::string& name, Element element, std::size_t count, void* out) const;
};

void StageReader::Impl::read(Content content, std::size_t which, IndexRange rows, void* out,
                             std::size_t room) const {
  const h5::RowData& data = stage.column(content, which);
  ensure(rows.begin >= range.begin && rows.end <= range.end, "rows that are read lie in the stage");
  std::size_t bytes = rows.size();
  for (std::size_t i = 1; i < data.dims().size(); ++i) bytes *= data.dims()[i];
  ensure(room == bytes * H5Tget_size(data.type()), "the buffer has the size of the rows");
  data.read(rows.begin - range.begin, rows.size(), out);
}

void StageReader::Impl::read_whole(const std::string& name, Element element, std::size_t count,
                                   void* out) const {
  read_list(stage.file.get(), name, element, count, stage_role(stage.path), out);
}

StageReader::StageReader(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
StageReader::StageReader(StageReader&&) noexcept = default;
StageReader& StageReader::operator=(StageReader&&) noexcept = default;
StageReader::~StageReader() = default;

StageReader StageReader::open(const std::string& campaign_dir, const StageLayout& layout) {
  return StageReader{std::make_unique<Impl>(
      Impl{layout, layout.range, open_checked(campaign_dir, layout, h5::Access::read)})};
}

IndexRange StageReader::range() const {
  return impl_->range;
}

void StageReader::read_states(IndexRange rows, std::span<std::uint8_t> out) const {
  impl_->read(Content::state, 0, rows, out.data(), out.size_bytes());
}
void StageReader::read_checksums(IndexRange rows, std::span<std::uint64_t> out) const {
  impl_->read(Content::checksum, 0, rows, out.data(), out.size_bytes());
}
void StageReader::read_indices(IndexRange rows, std::span<std::int64_t> out) const {
  impl_->read(Content::index, 0, rows, out.data(), out.size_bytes());
}
void StageReader::read_revisions(IndexRange rows, std::span<std::uint16_t> out) const {
  impl_->read(Content::revision, 0, rows, out.data(), out.size_bytes());
}
void StageReader::read_stages(IndexRange rows, std::span<std::uint8_t> out) const {
  impl_->read(Content::stage, 0, rows, out.data(), out.size_bytes());
}
void StageReader::read_parameters(IndexRange rows, std::span<double> out) const {
  impl_->read(Content::parameters, 0, rows, out.data(), out.size_bytes());
}
void StageReader::read_derived(std::size_t which, IndexRange rows, std::span<double> out) const {
  impl_->read(Content::derived, which, rows, out.data(), out.size_bytes());
}
void StageReader::read_meta(std::size_t which, IndexRange rows, std::span<double> out) const {
  impl_->read(Content::meta, which, rows, out.data(), out.size_bytes());
}
void StageReader::read_output(std::size_t which, IndexRange rows, std::span<std::byte> out) const {
  impl_->read(Content::output, which, rows, out.data(), out.size_bytes());
}

std::vector<ColumnBytes> StageReader::read_row(SampleIndex index) const {
  ensure(impl_->range.contains(index), "a row that is read lies in the stage");
  return store::read_row(impl_->stage, index - impl_->range.begin);
}

std::vector<double> StageReader::read_axis(std::size_t which) const {
  return store::read_axis(impl_->stage.file, impl_->layout.spec.axes.at(which),
                          stage_role(impl_->stage.path));
}

std::vector<std::string> StageReader::frame_differences(const std::set<std::string>& versions) const {
  return store::frame_differences(impl_->stage.file, stage_frame(impl_->layout), versions);
}

std::string StageReader::columns_digest() const {
  return store::columns_digest(impl_->stage).hex();
}

StageReader::Seal StageReader::seal() const {
  std::array<std::uint64_t, seal_fields.size()> seal{};
  impl_->read_whole("seal", Element::u64, seal.size(), seal.data());
  if (std::all_of(seal.begin(), seal.end(), [](auto number) { return number == 0; })) return {};
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  return {static_cast<std::uint32_t>(std::min(seal[0], most)), Digest{seal[1], seal[2]}.hex(),
          Digest{seal[3], seal[4]}.hex()};
}

}  // namespace tranche::store
