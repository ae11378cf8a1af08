# Language, warnings, output folders: the same for every target.
include(GNUInstallDirs)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Programs find their plug-ins by relative path, so that an install tree can be moved.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(TRANCHE_PLUGIN_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib/tranche")

find_program(TRANCHE_CCACHE ccache)
if(TRANCHE_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${TRANCHE_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TRANCHE_CCACHE}")
endif()

# -Wno-restrict: GCC 12 and 13 see it in `"text" + std::string` (their bug 105651).
# -ffp-contract=off: a design position or a checksum must not depend on the optimiser.
add_library(tranche_options INTERFACE)
target_compile_options(tranche_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -ffp-contract=off
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${TRANCHE_WERROR}>:-Werror>)
