/// \file
/// The HDF5 calls the store needs, each checked once.
/// Layer: store (private adapter). Every function throws IoError with operation, object, file and the
/// innermost text of HDF5's error stack. HDF5's own error printing is off. One thread at a time.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "columns.hpp"
#include "h5_handle.hpp"

namespace tranche::store::h5 {

using Dims = std::vector<hsize_t>;

/// Little-endian file type of an element, also used in memory: no conversion ever happens.
hid_t stored_type(Element element) noexcept;

// Files. Serial files use the default driver and take no lock: the campaign has an owner.
enum class Access : std::uint8_t { read, write };
File create_file(const std::string& path);
/// A file that never reaches a disk.
File create_in_memory(const std::string& name);
File open_file(const std::string& path, Access access);
/// Collective: opens for reading and writing through MPI-IO.
File open_file(MPI_Comm comm, const std::string& path);
/// Collective if the file was opened by a communicator.
void flush(const File& file);
/// Checked close; collective if the file was opened by a communicator.
void close(File& file, const std::string& path);

// Groups and datasets.
Group create_group(hid_t where, const std::string& name);
Dataset create_dataset(hid_t where, const std::string& name, hid_t type, const Space& space,
                       const PropertyList& creation);
/// Contiguous dataset that is written once, at once: axes, names.
Dataset create_filled(hid_t where, const std::string& name, hid_t type, const Dims& dims, const void* data);
Dataset open_dataset(hid_t where, const std::string& name);
bool has_link(hid_t where, const std::string& name);
Dims dims_of(const Dataset& dataset);
/// Whether the dataset holds elements of exactly this type.
bool holds(const Dataset& dataset, Element element);

// Dataspaces.
Space simple_space(const Dims& dims);
/// Rows [first, first + count) of a space of shape `dims`.
Space row_space(const Dims& dims, hsize_t first, hsize_t count);
void select_rows(const Space& space, const Dims& dims, hsize_t first, hsize_t count);
void select_none(const Space& space);
/// Union of two disjoint selections of the same extent.
Space unite(const Space& a, const Space& b);

// Property lists.
PropertyList creation_list();
/// Contiguous, all space allocated when the dataset is created (`when_written`: when it is written to).
enum class Filling : std::uint8_t { never, when_written };
PropertyList contiguous_creation(Element element, Filling filling);
PropertyList chunked_creation(const Dims& chunk, unsigned deflate_level);
/// NaN for floating point, 0 otherwise.
void set_fill_value(const PropertyList& creation, Element element);
void set_fill_value(const PropertyList& creation, hid_t type, const void* value);
void map_virtual(const PropertyList& creation, const Space& here, const std::string& file,
                 const std::string& dataset, const Space& there);
enum class Transfer : std::uint8_t { independent, collective };
PropertyList transfer_list(Transfer transfer);

// Data. `transfer` H5P_DEFAULT for serial files.
void read(const Dataset& dataset, hid_t type, const Space& memory, const Space& file, void* data);
void write(const Dataset& dataset, hid_t type, const Space& memory, const Space& file, hid_t transfer,
           const void* data);

// Dimension scales (netCDF-4's coordinates).
void make_scale(const Dataset& dataset, const std::string& name);
void attach_scale(const Dataset& dataset, const Dataset& scale, unsigned dimension);

/// A dataset whose first dimension is rows; reads and writes whole rows.
class RowData {
 public:
  RowData() = default;
  RowData(Dataset dataset, Element element);
  static RowData open(hid_t where, const std::string& name, Element element);

  const Dims& dims() const noexcept { return dims_; }
  hsize_t rows() const noexcept { return dims_.front(); }
  const Dataset& dataset() const noexcept { return dataset_; }
  hid_t type() const noexcept { return type_; }

  void read(hsize_t first, hsize_t count, void* data) const;
  void write(hsize_t first, hsize_t count, const void* data, hid_t transfer = H5P_DEFAULT) const;
  /// Gives every identifier away unclosed (parallel files).
  void release() noexcept;
  void close() noexcept;

 private:
  Dataset dataset_;
  Space space_;
  Dims dims_;
  hid_t type_ = H5I_INVALID_HID;
};

/// Throws IoError: `operation object in file: native text`.
[[noreturn]] void fail(const std::string& operation, const std::string& object, hid_t where);
/// Innermost description on HDF5's error stack; empty if there is none.
std::string innermost_error();
/// Called first by everything that opens a file: error printing off; no clean-up by HDF5 at exit, which
/// crashes over a file whose close has failed (1.10.8) and would call MPI after MPI_Finalize.
void start();

}  // namespace tranche::store::h5
