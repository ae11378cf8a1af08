# Outside libraries, all from Debian packages. Each is linked by one module only.
# A missing one stops configuring with the package's name; nothing is ever downloaded.

macro(tranche_require what found package)
  if(NOT ${found})
    message(FATAL_ERROR "tranche needs ${what}. Install it with\n  apt-get install ${package}\nor run tools/deps")
  endif()
endmacro()

# tranche_find_library(<target> <header> <library> <package>): an imported target for a library without CMake support.
function(tranche_find_library target header library package)
  find_path(${target}_INCLUDE ${header})
  find_library(${target}_LIBRARY NAMES ${library})
  if(NOT ${target}_INCLUDE OR NOT ${target}_LIBRARY)
    message(FATAL_ERROR "tranche needs ${header} and lib${library}. Install them with\n  apt-get install ${package}\nor run tools/deps")
  endif()
  add_library(tranche_ext::${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(tranche_ext::${target} PROPERTIES
    IMPORTED_LOCATION "${${target}_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${${target}_INCLUDE}")
endfunction()

find_package(Threads REQUIRED)
find_package(MPI COMPONENTS C QUIET)
tranche_require("an MPI library" MPI_C_FOUND "libopenmpi-dev openmpi-bin")
# mpi.h would otherwise bring in the removed C++ bindings.
target_compile_definitions(MPI::MPI_C INTERFACE OMPI_SKIP_MPICXX=1 MPICH_SKIP_MPICXX=1)

# Debian keeps the parallel build of HDF5 beside the serial one.
set(HDF5_PREFER_PARALLEL ON)
find_package(HDF5 COMPONENTS C HL QUIET)
tranche_require("HDF5" HDF5_FOUND libhdf5-openmpi-dev)
tranche_require("HDF5 built with MPI" HDF5_IS_PARALLEL libhdf5-openmpi-dev)
add_library(tranche_hdf5 INTERFACE)
target_include_directories(tranche_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(tranche_hdf5 INTERFACE ${HDF5_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
target_compile_definitions(tranche_hdf5 INTERFACE ${HDF5_C_DEFINITIONS})

find_package(SQLiteCpp QUIET)
tranche_require("SQLiteCpp" SQLiteCpp_FOUND libsqlitecpp-dev)
find_package(yaml-cpp QUIET)
tranche_require("yaml-cpp" yaml-cpp_FOUND libyaml-cpp-dev)
find_package(spdlog QUIET)
tranche_require("spdlog" spdlog_FOUND libspdlog-dev)
find_package(fmt QUIET)
tranche_require("fmt" fmt_FOUND libfmt-dev)
find_package(CLI11 QUIET)
tranche_require("CLI11" CLI11_FOUND libcli11-dev)
find_package(nlohmann_json QUIET)
tranche_require("nlohmann-json" nlohmann_json_FOUND nlohmann-json3-dev)
find_package(Boost 1.74 QUIET)
tranche_require("Boost headers" Boost_FOUND libboost-dev)
find_package(ZLIB QUIET)
tranche_require("zlib" ZLIB_FOUND zlib1g-dev)
tranche_find_library(muparser muParser.h muparser libmuparser-dev)
tranche_find_library(udunits2 udunits2.h udunits2 libudunits2-dev)
tranche_find_library(zip zip.h zip libzip-dev)
tranche_find_library(xxhash xxhash.h xxhash libxxhash-dev)

find_package(Eigen3 3.4 NO_MODULE QUIET)
tranche_require("Eigen" Eigen3_FOUND libeigen3-dev)

tranche_find_library(onnx_proto onnx/onnx_pb.h onnx_proto libonnx-dev)
tranche_find_library(protobuf google/protobuf/message.h protobuf libprotobuf-dev)
add_library(tranche_onnx INTERFACE)
target_link_libraries(tranche_onnx INTERFACE tranche_ext::onnx_proto tranche_ext::protobuf)
# What Debian's library was built with.
target_compile_definitions(tranche_onnx INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)

# A surrogate is read without MPI: by the serial build of HDF5, which is no CMake package of its own beside the parallel one.
find_path(TRANCHE_HDF5_SERIAL_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(TRANCHE_HDF5_SERIAL_LIBRARY NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
tranche_require("the serial HDF5" TRANCHE_HDF5_SERIAL_LIBRARY libhdf5-dev)
add_library(tranche_hdf5_serial INTERFACE)
target_include_directories(tranche_hdf5_serial SYSTEM INTERFACE "${TRANCHE_HDF5_SERIAL_INCLUDE}")
target_link_libraries(tranche_hdf5_serial INTERFACE "${TRANCHE_HDF5_SERIAL_LIBRARY}")

if(TRANCHE_TRAINER)
  find_package(Torch QUIET)
  tranche_require("libtorch (or -DTRANCHE_TRAINER=OFF, which leaves out `tranche train`)" Torch_FOUND "libtorch-dev libopenblas0")
  add_library(tranche_torch INTERFACE)
  target_link_libraries(tranche_torch INTERFACE ${TORCH_LIBRARIES})
endif()

if(TRANCHE_TESTS)
  find_package(Catch2 2 QUIET)
  tranche_require("Catch2 2" Catch2_FOUND catch2)
endif()
