#include "tranche/store/stage_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "check_stage_file.hpp"
#include "file_ops.hpp"
#include "row_runs.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"

namespace tranche::store {
namespace {

/// Values of one dataset in one collective write: the memory an epoch takes beyond the rows themselves, and
/// a meeting of all ranks each.
constexpr std::size_t collective_slice_bytes = std::size_t{64} << 20;

/// The datasets that rows are written to, in the order of row_field_bytes().
std::vector<std::size_t> row_columns(const std::vector<Column>& columns) {
  std::vector<std::size_t> positions;
  for (const Content content : {Content::output, Content::meta})
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].content == content) positions.push_back(i);
  return positions;
}

std::vector<StateView> sorted(std::span<const StateView> rows) {
  std::vector<StateView> order{rows.begin(), rows.end()};
  const auto before = [](const StateView& a, const StateView& b) { return a.index < b.index; };
  if (!std::is_sorted(order.begin(), order.end(), before)) std::sort(order.begin(), order.end(), before);
  return order;
}

std::vector<RowRun> runs_of_rows(std::span<const StateView> ascending, IndexRange range) {
  std::vector<SampleIndex> indices;
  indices.reserve(ascending.size());
  for (const StateView& row : ascending) indices.push_back(row.index);
  return runs_of(indices, range);
}

/// Union of runs as a balanced tree: the chained form costs the square of the number of runs.
h5::Space select(const h5::Dims& dims, std::span<const RowRun> runs) {
  if (runs.size() == 1) return h5::row_space(dims, runs.front().row, runs.front().count);
  const std::size_t half = runs.size() / 2;
  return h5::unite(select(dims, runs.first(half)), select(dims, runs.subspan(half)));
}

std::size_t rows_per_slice(const std::vector<std::size_t>& field_bytes) {
  std::size_t widest = 1;
  for (const std::size_t bytes : field_bytes) widest = std::max(widest, bytes);
  return collective_slice_bytes / widest;
}

/// Cuts runs into slices of at most `rows` rows, or of one run.
std::vector<std::span<const RowTiles::Run>> cut(std::span<const RowTiles::Run> runs, std::size_t rows) {
  std::vector<std::span<const RowTiles::Run>> slices;
  std::size_t first = 0;
  std::size_t held = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i > first && held + runs[i].range.size() > rows) {
      slices.push_back(runs.subspan(first, i - first));
      first = i;
      held = 0;
    }
    held += runs[i].range.size();
  }
  if (first < runs.size()) slices.push_back(runs.subspan(first));
  return slices;
}

/// Where runs lie in the file, and in a buffer that has them one after the other.
std::vector<RowRun> rows_of(std::span<const RowTiles::Run> runs, IndexRange range) {
  std::vector<RowRun> rows;
  std::size_t at = 0;
  for (const RowTiles::Run& run : runs) {
    rows.push_back({run.range.begin - range.begin, run.range.size(), at});
    at += run.range.size();
  }
  return rows;
}

/// Collective.
std::size_t largest(MPI_Comm comm, unsigned long value) {
  MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_UNSIGNED_LONG, MPI_MAX, comm);
  return value;
}

/// What rank 0 found out about the file, told to all so that all throw the same.
struct Verdict {
  int code = 0;  ///< ExitCode; 0: fine
  std::string text;
  std::string fix;
};

Verdict examine(const std::string& campaign_dir, const StageLayout& layout) {
  try {
    open_checked(campaign_dir, layout, h5::Access::write);
    return {};
  } catch (const Failure& failure) {
    return {static_cast<int>(failure.code()), failure.what(), failure.fix()};
  }
}

void broadcast(MPI_Comm comm, std::string& text) {
  unsigned long length = text.size();
  MPI_Bcast(&length, 1, MPI_UNSIGNED_LONG, 0, comm);
  text.resize(length);
  MPI_Bcast(text.data(), static_cast<int>(length), MPI_CHAR, 0, comm);
}

/// Collective: throws on every rank what rank 0 found.
void check_together(MPI_Comm comm, const std::string& campaign_dir, const StageLayout& layout) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  Verdict verdict = rank == 0 ? examine(campaign_dir, layout) : Verdict{};
  MPI_Bcast(&verdict.code, 1, MPI_INT, 0, comm);
  if (verdict.code == 0) return;
  broadcast(comm, verdict.text);
  broadcast(comm, verdict.fix);
  const auto code = static_cast<ExitCode>(verdict.code);
  if (code == ExitCode::damaged) throw DamageError{verdict.text, verdict.fix};
  if (code == ExitCode::environment) throw IoError{verdict.text, verdict.fix};
  throw Failure{code, verdict.text, verdict.fix};
}

}  // namespace

struct StageFile::Impl {
  MPI_Comm comm = MPI_COMM_NULL;  ///< our own copy; freed by close() only
  std::string path;
  IndexRange range;
  campaign::WriteMode mode = campaign::WriteMode::independent;
  std::vector<Column> columns;
  std::vector<std::size_t> fields;  ///< positions in columns and data
  std::vector<std::size_t> field_bytes;
  h5::File file;
  std::vector<h5::RowData> data;
  h5::PropertyList independent;
  h5::PropertyList collective;

  /// Closing is collective, and nobody knows here whether the other ranks come along.
  ~Impl() {
    for (h5::RowData& column : data) column.release();
    file.release();
  }

  void write_independent(const RowTiles& rows, std::span<const RowTiles::Run> runs) const;
  void write_collective(const RowTiles& rows, std::span<const RowTiles::Run> runs) const;
  void write_union(const h5::RowData& target, std::span<const RowRun> runs,
                   const std::vector<std::byte>& values) const;
  void write_runs(const h5::RowData& target, std::span<const RowRun> runs, const std::byte* values,
                  std::size_t row_bytes) const;
  const h5::RowData& column(Content content) const;
};

/// One contiguous write a run. MPI libraries turn a write with holes into read, change and write back
/// (data sieving), which would put back old values into rows that another rank writes at the same time.
void StageFile::Impl::write_independent(const RowTiles& rows, std::span<const RowTiles::Run> runs) const {
  for (std::size_t f = 0; f < fields.size(); ++f) {
    for (const RowTiles::Run& run : runs)
      data[fields[f]].write(run.range.begin - range.begin, run.range.size(), rows.values(run, f).data(),
                            independent.get());
    failpoint("write");
  }
}

/// Every rank writes the same number of slices, some of them empty.
void StageFile::Impl::write_collective(const RowTiles& rows, std::span<const RowTiles::Run> runs) const {
  const std::vector<std::span<const RowTiles::Run>> slices = cut(runs, rows_per_slice(field_bytes));
  const std::size_t most = largest(comm, slices.size());
  std::optional<IoError> first_error;
  std::vector<std::byte> values;
  for (std::size_t i = 0; i < most; ++i) {
    const auto slice = i < slices.size() ? slices[i] : std::span<const RowTiles::Run>{};
    const std::vector<RowRun> selected = rows_of(slice, range);
    for (std::size_t f = 0; f < fields.size(); ++f) {
      values.clear();
      for (const RowTiles::Run& run : slice) {
        const auto part = rows.values(run, f);
        values.insert(values.end(), part.begin(), part.end());
      }
      // The other ranks are on their way into the next collective write: go with them, and complain
      // afterwards.
      try {
        write_union(data[fields[f]], selected, values);
        failpoint("write");
      } catch (const IoError& error) {
        if (!first_error) first_error = error;
      }
    }
  }
  if (first_error) throw *first_error;
}

/// One call with the union of the runs, empty or not.
void StageFile::Impl::write_union(const h5::RowData& target, std::span<const RowRun> runs,
                                  const std::vector<std::byte>& values) const {
  h5::Dims shape = target.dims();
  shape.front() = 1;
  if (runs.empty()) {
    const h5::Space memory = h5::simple_space(shape);
    const h5::Space nothing = h5::simple_space(target.dims());
    h5::select_none(nothing);
    h5::select_none(memory);
    const std::byte unread{};  // HDF5 refuses a null pointer even then
    h5::write(target.dataset(), target.type(), memory, nothing, collective.get(), &unread);
  } else {
    shape.front() = runs.back().at + runs.back().count;
    h5::write(target.dataset(), target.type(), h5::simple_space(shape), select(target.dims(), runs),
              collective.get(), values.data());
  }
}

/// One contiguous write a run, from values that lie packed in the order of the runs.
void StageFile::Impl::write_runs(const h5::RowData& target, std::span<const RowRun> runs,
                                 const std::byte* values, std::size_t bytes) const {
  for (const RowRun& run : runs) target.write(run.row, run.count, values + run.at * bytes, independent.get());
}

const h5::RowData& StageFile::Impl::column(Content content) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.content == content; });
  return data[static_cast<std::size_t>(found - columns.begin())];
}

StageFile::StageFile(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
StageFile::StageFile(StageFile&&) noexcept = default;
StageFile& StageFile::operator=(StageFile&&) noexcept = default;
StageFile::~StageFile() = default;

StageFile StageFile::open(MPI_Comm comm, const std::string& campaign_dir, const StageLayout& layout) {
  h5::start();
  check_together(comm, campaign_dir, layout);
  auto impl = std::make_unique<Impl>();
  impl->path = stage_path(campaign_dir, layout.file_name()).string();
  impl->range = layout.range;
  impl->mode = layout.spec.store.write;
  impl->columns = columns_of(layout.spec);
  impl->fields = row_columns(impl->columns);
  impl->field_bytes = row_field_bytes(layout.spec);
  impl->independent = h5::transfer_list(h5::Transfer::independent);
  impl->collective = h5::transfer_list(h5::Transfer::collective);
  MPI_Comm_dup(comm, &impl->comm);
  impl->file = h5::open_file(impl->comm, impl->path);
  impl->data = open_columns(impl->file, impl->columns);
  return StageFile{std::move(impl)};
}

void StageFile::write_rows(const RowTiles& rows) {
  ensure(rows.field_bytes() == impl_->field_bytes, "rows have the fields their stage file has");
  const std::vector<RowTiles::Run> runs = rows.runs();
  for (const RowTiles::Run& run : runs)
    ensure(run.range.begin >= impl_->range.begin && run.range.end <= impl_->range.end,
           "every row of a stage file lies in the stage");
  if (impl_->mode == campaign::WriteMode::collective) {
    impl_->write_collective(rows, runs);
  } else {
    impl_->write_independent(rows, runs);
  }
}

void StageFile::flush() {
  h5::flush(impl_->file);
}

void StageFile::write_states(std::span<const StateView> rows) {
  const std::vector<StateView> order = sorted(rows);
  const std::vector<RowRun> runs = runs_of_rows(std::span<const StateView>{order}, impl_->range);
  std::vector<std::uint8_t> states;
  std::vector<std::uint64_t> checksums;
  for (const StateView& row : order) {
    states.push_back(static_cast<std::uint8_t>(row.state));
    checksums.push_back(row.checksum);
  }
  // The checksum first: a reader that sees `ok` finds the checksum that belongs to it.
  impl_->write_runs(impl_->column(Content::checksum), runs,
                    reinterpret_cast<const std::byte*>(checksums.data()), 8);
  failpoint("state");
  impl_->write_runs(impl_->column(Content::state), runs, reinterpret_cast<const std::byte*>(states.data()),
                    1);
}

void StageFile::close() {
  for (h5::RowData& column : impl_->data) column.close();
  h5::close(impl_->file, impl_->path);
  MPI_Comm_free(&impl_->comm);
}

}  // namespace tranche::store
