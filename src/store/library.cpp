#include "tranche/store/library.hpp"

#include <hdf5.h>

namespace tranche::store {

std::string library_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  if (H5get_libversion(&major, &minor, &patch) < 0) return "HDF5 of an unknown version";
#ifdef H5_HAVE_PARALLEL
  const std::string kind = "parallel HDF5 ";
#else
  const std::string kind = "HDF5 without MPI ";
#endif
  return kind + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace tranche::store
