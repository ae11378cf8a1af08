#include "tranche/store/stage_file.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "check_stage_file.hpp"
#include "file_ops.hpp"
#include "row_runs.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"

namespace tranche::store {
namespace {

/// Gathered values of one dataset: the memory an epoch takes beyond the rows themselves. Independent
/// writes like what fits a cache; every slice of a collective epoch is a meeting of all ranks.
constexpr std::size_t independent_slice_bytes = std::size_t{8} << 20;
constexpr std::size_t collective_slice_bytes = std::size_t{64} << 20;

/// One dataset that rows are written to, and where its values lie in a packed row.
struct Field {
  std::size_t column = 0;
  std::size_t offset = 0;
  std::size_t bytes = 0;
};

std::vector<Field> fields_of(const std::vector<Column>& columns) {
  std::vector<Field> fields;
  std::size_t offset = 0;
  for (const Content content : {Content::output, Content::meta})
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].content == content) {
        fields.push_back({i, offset, columns[i].row_bytes()});
        offset += fields.back().bytes;
      }
  return fields;
}

template <class Row>
std::vector<Row> sorted(std::span<const Row> rows) {
  std::vector<Row> order{rows.begin(), rows.end()};
  const auto before = [](const Row& a, const Row& b) { return a.index < b.index; };
  if (!std::is_sorted(order.begin(), order.end(), before)) std::sort(order.begin(), order.end(), before);
  return order;
}

template <class Row>
std::vector<RowRun> runs_of_rows(std::span<const Row> ascending, IndexRange range) {
  std::vector<SampleIndex> indices;
  indices.reserve(ascending.size());
  for (const Row& row : ascending) indices.push_back(row.index);
  return runs_of(indices, range);
}

/// Union of runs as a balanced tree: the chained form costs the square of the number of runs.
h5::Space select(const h5::Dims& dims, std::span<const RowRun> runs) {
  if (runs.size() == 1) return h5::row_space(dims, runs.front().row, runs.front().count);
  const std::size_t half = runs.size() / 2;
  return h5::unite(select(dims, runs.first(half)), select(dims, runs.subspan(half)));
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
  std::vector<Field> fields;
  std::size_t row_bytes = 0;
  h5::File file;
  std::vector<h5::RowData> data;
  h5::PropertyList independent;
  h5::PropertyList collective;
  std::vector<std::byte> buffer;

  /// Closing is collective, and nobody knows here whether the other ranks come along.
  ~Impl() {
    for (h5::RowData& column : data) column.release();
    file.release();
  }

  std::size_t rows_per_slice() const;
  std::size_t slices_of(std::size_t rows) const;
  void write_slice(std::span<const RowView> rows);
  std::optional<IoError> first_error;  ///< collective mode: of the running write_rows
  void write_field(const Field& field, std::span<const RowView> rows, std::span<const RowRun> runs);
  void write_runs(const h5::RowData& target, std::span<const RowRun> runs, const std::byte* values,
                  std::size_t row_bytes) const;
  void write_union(const h5::RowData& target, std::span<const RowRun> runs, std::size_t rows) const;
  const h5::RowData& column(Content content) const;
};

std::size_t StageFile::Impl::rows_per_slice() const {
  std::size_t widest = 1;
  for (const Field& field : fields) widest = std::max(widest, field.bytes);
  const bool together = mode == campaign::WriteMode::collective;
  return std::max<std::size_t>(1, (together ? collective_slice_bytes : independent_slice_bytes) / widest);
}

std::size_t StageFile::Impl::slices_of(std::size_t rows) const {
  unsigned long slices = (rows + rows_per_slice() - 1) / rows_per_slice();
  if (mode == campaign::WriteMode::collective)
    MPI_Allreduce(MPI_IN_PLACE, &slices, 1, MPI_UNSIGNED_LONG, MPI_MAX, comm);
  return slices;
}

/// Independent: one contiguous write a run. MPI libraries turn a write with holes into read, change and
/// write back (data sieving), which would put back old values into rows that another rank writes at the
/// same time.
void StageFile::Impl::write_runs(const h5::RowData& target, std::span<const RowRun> runs,
                                 const std::byte* values, std::size_t bytes) const {
  for (const RowRun& run : runs) target.write(run.row, run.count, values + run.at * bytes, independent.get());
}

/// Collective: one call with the union of the runs, empty or not.
void StageFile::Impl::write_union(const h5::RowData& target, std::span<const RowRun> runs,
                                  std::size_t rows) const {
  h5::Dims shape = target.dims();
  shape.front() = std::max<std::size_t>(rows, 1);
  const h5::Space memory = h5::simple_space(shape);
  if (runs.empty()) {
    const h5::Space nothing = h5::simple_space(target.dims());
    h5::select_none(nothing);
    h5::select_none(memory);
    h5::write(target.dataset(), target.type(), memory, nothing, collective.get(), buffer.data());
  } else {
    h5::write(target.dataset(), target.type(), memory, select(target.dims(), runs), collective.get(),
              buffer.data());
  }
}

void StageFile::Impl::write_field(const Field& field, std::span<const RowView> rows,
                                  std::span<const RowRun> runs) {
  buffer.resize(std::max<std::size_t>(rows.size() * field.bytes, 1));
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(buffer.data() + i * field.bytes, rows[i].bytes.data() + field.offset, field.bytes);
  if (mode == campaign::WriteMode::collective) {
    write_union(data[field.column], runs, rows.size());
  } else {
    write_runs(data[field.column], runs, buffer.data(), field.bytes);
  }
  failpoint("write");
}

void StageFile::Impl::write_slice(std::span<const RowView> rows) {
  const std::vector<RowRun> runs = runs_of_rows(rows, range);
  for (const Field& field : fields) {
    if (mode == campaign::WriteMode::independent) {
      write_field(field, rows, runs);
      continue;
    }
    // The other ranks are on their way into the next collective write: go with them, and complain afterwards.
    try {
      write_field(field, rows, runs);
    } catch (const IoError& error) {
      if (!first_error) first_error = error;
    }
  }
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
  impl->fields = fields_of(impl->columns);
  for (const Field& field : impl->fields) impl->row_bytes += field.bytes;
  impl->independent = h5::transfer_list(h5::Transfer::independent);
  impl->collective = h5::transfer_list(h5::Transfer::collective);
  MPI_Comm_dup(comm, &impl->comm);
  impl->file = h5::open_file(impl->comm, impl->path);
  impl->data = open_columns(impl->file, impl->columns);
  return StageFile{std::move(impl)};
}

void StageFile::write_rows(std::span<const RowView> rows) {
  for (const RowView& row : rows)
    ensure(row.bytes.size() == impl_->row_bytes, "a row has the bytes its layout says");
  const std::vector<RowView> order = sorted(rows);
  const std::span<const RowView> all{order};
  const std::size_t capacity = impl_->rows_per_slice();
  const std::size_t slices = impl_->slices_of(all.size());
  for (std::size_t i = 0; i < slices; ++i) {
    const std::size_t from = std::min(i * capacity, all.size());
    impl_->write_slice(all.subspan(from, std::min(capacity, all.size() - from)));
  }
  impl_->buffer.clear();
  impl_->buffer.shrink_to_fit();
  if (const auto error = std::exchange(impl_->first_error, std::nullopt)) throw *error;
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
